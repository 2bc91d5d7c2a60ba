// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the notation of configuration files, not a template.
/**
 * YAML text to the tree of a configuration, for input that may be hostile: size, depth and number of tokens are
 * bounded before anything recursive runs (the composer of `yaml` overflows the stack at a depth of about 800), and no
 * message repeats a piece of the text, which could be a secret. Only the syntax is judged here and in `convert.ts`.
 */
import { Composer, type Document, Lexer, type ParsedNode, Parser, type YAMLError } from 'yaml';
import { convert, MAX_DEPTH } from './convert.ts';
import type { Issues } from './issue.ts';
import type { ProblemName } from './problem.ts';
import { lineAt, lineText, type Source, startOf } from './source.ts';
import type { ConfigNode } from './tree.ts';

/** A file of 256 KiB of ordinary configuration has about 60,000. */
const MAX_TOKENS = 120_000;
/** What follows the first errors of syntax is mostly their echo. */
const MAX_SYNTAX_ISSUES = 10;

type Token = Parameters<Composer['next']>[0];

/** The tree of a text, or null when the text is no single YAML document; then the problems are in `issues`. */
export function parse(source: Source, issues: Issues): ConfigNode | null {
  const tokens = readTokens(source, issues);
  if (tokens === null) return null;
  const documents = compose(tokens, source.text.length);
  const [document, second] = documents;
  if (document === undefined) return null;
  if (reportSyntax(document, source, issues)) return null;
  if (second !== undefined) {
    const [start] = second.range;
    const spot = { source, start, end: start };
    issues.add('manyDocuments', spot, 'a second YAML document begins here', {
      hint: 'use two files and name both: -c base.yaml -c prod.yaml',
    });
    return null;
  }
  return convert(document.contents, source, issues);
}

/** Concrete tokens of the text; null when they are nested too deeply or too many. */
function readTokens(source: Source, issues: Issues): Token[] | null {
  const parser = new Parser();
  const tokens: Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(source.text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > MAX_DEPTH && collections(parser) > MAX_DEPTH) {
      const spot = { source, start: parser.offset - lexeme.length, end: parser.offset };
      issues.add('tooDeep', spot, `values are nested more than ${MAX_DEPTH} deep`);
      return null;
    }
    if (++count > MAX_TOKENS) {
      issues.add(
        'fileTooLarge',
        startOf(source),
        `file ${source.name} has too many parts to be a configuration`,
      );
      return null;
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

function collections(parser: Parser): number {
  return parser.stack.filter(({ type }) => /^(?:block-map|block-seq|flow-collection)$/.test(type))
    .length;
}

function compose(tokens: Token[], length: number): Document.Parsed<ParsedNode>[] {
  const composer = new Composer({
    schema: 'core',
    // Comparing every key with every other is quadratic; `convert` finds duplicates.
    uniqueKeys: false,
    // Without this, a tag would bring types of its own: binary, timestamp, set.
    resolveKnownTags: false,
    prettyErrors: false,
  });
  // The composer makes an Error for each fault: 100,000 stack traces that nobody reads take seconds.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return [...composer.compose(tokens, true, length)];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** True when the document has errors. Warnings of the parser (tags, directives) are errors here. */
function reportSyntax(document: Document, source: Source, issues: Issues): boolean {
  const { yaml } = document.directives ?? {};
  if (yaml?.explicit === true && yaml.version !== '1.2') {
    issues.add('tag', startOf(source), 'only YAML 1.2 is read', {
      hint: 'remove the %YAML directive',
    });
    return true;
  }
  const faults = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  for (const fault of faults.slice(0, MAX_SYNTAX_ISSUES)) {
    const [start, end] = fault.pos;
    const { problem, message, hint } = describe(fault, source);
    issues.add(problem, { source, start, end }, message, { hint });
  }
  return faults.length > 0;
}

function describe(
  { code, message, pos }: YAMLError,
  source: Source,
): { problem: ProblemName; message: string; hint: string | null } {
  switch (code) {
    case 'TAG_RESOLVE_FAILED':
    case 'BAD_COLLECTION_TYPE':
    case 'MULTIPLE_TAGS':
      return {
        problem: 'tag',
        message: 'YAML tags (!) are not supported',
        hint: 'put text that begins with ! in quotes',
      };
    case 'BAD_DIRECTIVE':
      return {
        problem: 'tag',
        message: 'this YAML directive is not supported',
        hint: 'remove the line',
      };
    case 'BAD_ALIAS':
    case 'ALIAS_PROPS':
    case 'MULTIPLE_ANCHORS':
      return {
        problem: 'alias',
        message: 'this YAML anchor (&) or alias (*) is malformed',
        hint: 'put text that begins with & or * in quotes',
      };
    case 'BAD_SCALAR_START':
      return {
        problem: 'syntax',
        message: 'text cannot begin with this character',
        hint: 'put the text in quotes',
      };
    case 'BAD_DQ_ESCAPE':
      return {
        problem: 'syntax',
        message: 'unknown escape after a backslash',
        hint: 'write \\\\ for a backslash, or use single quotes',
      };
    case 'UNEXPECTED_TOKEN':
    case 'IMPOSSIBLE':
    case 'NON_STRING_KEY':
    case 'RESOURCE_EXHAUSTION':
      return { problem: 'syntax', message: 'unexpected text', hint: quotesHint(source, pos[0]) };
    case 'TAB_AS_INDENT':
      return {
        problem: 'syntax',
        message: 'a tab is used as indentation',
        hint: 'indent with spaces',
      };
    case 'BAD_INDENT':
    case 'BAD_PROP_ORDER':
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'BLOCK_IN_FLOW':
    case 'DUPLICATE_KEY':
    case 'KEY_OVER_1024_CHARS':
    case 'MISSING_CHAR':
    case 'MULTILINE_IMPLICIT_KEY':
    case 'MULTIPLE_DOCS':
      // The texts of these are constant: none repeats a piece of the source.
      return { problem: 'syntax', message: lowerFirst(message), hint: quotesHint(source, pos[0]) };
  }
}

/** The mistake that substitution invites: braces have a meaning inside { } and [ ]. */
function quotesHint(source: Source, offset: number): string | null {
  const line = lineText(source, lineAt(source, offset));
  return /[{[,].*\$\{/.test(line) ? 'put ${...} inside { } or [ ] in quotes' : null;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
