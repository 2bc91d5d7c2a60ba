/**
 * A strict parser of Prometheus's text format 0.0.4, written from its specification and not from our renderer. It throws
 * on whatever a scraper might refuse or misread, histograms that don't add up included.
 */
export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  readonly series: ParsedSeries[];
}

export interface ParsedSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

export function parseExposition(text: string): Map<string, ParsedFamily> {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, ParsedFamily>();
  const seen = new Set<string>();
  let name = '';
  let help: string | null = null;
  for (const line of text.split('\n').slice(0, -1)) {
    const meta = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (meta) {
      const [, keyword, of = '', rest = ''] = meta;
      if (keyword === 'HELP') {
        if (families.has(of)) throw new Error(`${of} stands twice`);
        name = of;
        help = rest;
        continue;
      }
      if (of !== name || help === null) throw new Error(`TYPE of ${of} without HELP`);
      if (!(rest in SUFFIXES)) throw new Error(`unknown type ${rest}`);
      families.set(name, { type: rest, help, series: [] });
      help = null;
      continue;
    }
    const family = families.get(name);
    if (!family || help !== null) throw new Error(`sample without TYPE: ${line}`);
    const series = parseSample(line);
    if (!SUFFIXES[family.type]?.some((suffix) => series.name === name + suffix)) {
      throw new Error(`${series.name} does not belong to ${name}`);
    }
    const key = JSON.stringify([series.name, Object.entries(series.labels).sort()]);
    if (seen.has(key)) throw new Error(`series stands twice: ${line}`);
    seen.add(key);
    family.series.push(series);
  }
  for (const [of, family] of families) check(of, family);
  return families;
}

function parseSample(line: string): ParsedSeries {
  const head = /^([a-zA-Z_:][a-zA-Z0-9_:]*)/.exec(line);
  if (!head) throw new Error(`no metric name: ${line}`);
  const name = head[0];
  let at = name.length;
  const labels: Record<string, string> = {};
  if (line[at] === '{') {
    at++;
    while (line[at] !== '}') {
      const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"/.exec(line.slice(at));
      if (!label) throw new Error(`bad label at ${at}: ${line}`);
      const [whole, labelName = '', escaped = ''] = label;
      if (Object.hasOwn(labels, labelName)) throw new Error(`label ${labelName} stands twice`);
      labels[labelName] = escaped.replace(/\\(.)/g, (_, char: string) =>
        char === 'n' ? '\n' : char,
      );
      at += whole.length;
      if (line[at] === ',') at++;
      else if (line[at] !== '}') throw new Error(`no end of label: ${line}`);
    }
    at++;
  }
  const value = /^ ([+-]?(?:Inf|[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)|NaN)$/.exec(line.slice(at));
  if (!value) throw new Error(`bad value: ${line}`);
  return { name, labels, value: numberOf(value[1] as string) };
}

const numberOf = (text: string): number => Number(text.replace('Inf', 'Infinity'));

function check(name: string, { type, series }: ParsedFamily): void {
  if (series.length === 0) throw new Error(`${name} has no samples`);
  if (type === 'counter') {
    if (!name.endsWith('_total')) throw new Error(`counter ${name} does not end in _total`);
    for (const { value } of series) {
      if (!(value >= 0)) throw new Error(`counter ${name} is ${value}`);
    }
  } else if (name.endsWith('_total')) throw new Error(`${type} ${name} ends in _total`);
  if (type === 'histogram') checkHistogram(name, series);
}

function checkHistogram(name: string, series: readonly ParsedSeries[]): void {
  const groups = new Map<string, ParsedSeries[]>();
  for (const each of series) {
    const { le: _, ...labels } = each.labels;
    const key = JSON.stringify(labels);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  for (const group of groups.values()) {
    const buckets = group.filter((each) => each.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => numberOf(labels['le'] ?? 'NaN'));
    const isRising = (numbers: readonly number[], byMore: boolean): boolean =>
      numbers.every(
        (n, i) =>
          i === 0 || (byMore ? n > (numbers[i - 1] as number) : n >= (numbers[i - 1] as number)),
      );
    if (!isRising(bounds, true)) throw new Error(`bounds of ${name} don't rise`);
    if (
      !isRising(
        buckets.map(({ value }) => value),
        false,
      )
    )
      throw new Error(`${name} is not cumulative`);
    const count = group.filter((each) => each.name === `${name}_count`);
    const sum = group.filter((each) => each.name === `${name}_sum`);
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY) throw new Error(`${name} has no +Inf`);
    if (count.length !== 1 || sum.length !== 1) throw new Error(`${name} has no sum or count`);
    if (count[0]?.value !== buckets.at(-1)?.value)
      throw new Error(`count of ${name} is not +Inf's`);
  }
}
