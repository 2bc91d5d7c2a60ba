import { readFileSync, statSync } from 'node:fs';
import { topicNameProblem } from '../broker/topic.ts';
import { MAX_ADDED } from '../broker/topic-plan.ts';
import type { TopicPlan } from '../cluster-access.ts';
import { collides } from '../contract/collides.ts';
import { EXIT, MillraceError, reportError } from '../contract/errors.ts';
import { UsageError } from './arguments.ts';

/**
 * Topics from the command line: `orders:3,payments`, or a file with one on each line, where empty lines and those that begin with
 * # say nothing. Without a number a topic has one partition. Throws what is wrong: UsageError, or for a file MR606 (exit 78) with the
 * line.
 */
export function topicList(command: string, text: string): TopicPlan[] {
  const stat = statSync(text, { throwIfNoEntry: false });
  if (stat?.isDirectory()) {
    const what = `--topics takes a file with a topic on each line, and ${text} is a folder.`;
    throw new UsageError(what, command);
  }
  if (stat) return plansOf(itemsOf(text));
  const items = text.split(',').map((item) => ({ item: item.trim(), fail: failUsage }));
  return plansOf(items);

  function failUsage(problem: string): never {
    throw new UsageError(`--topics: ${problem}`, command);
  }
}

/** A topic as it is written, and what throws a problem with its place. */
interface Item {
  readonly item: string;
  readonly fail: (problem: string) => never;
}

function itemsOf(file: string): Item[] {
  return read(file)
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, i) => ({
      item: line.trim(),
      fail: (problem: string): never => {
        throw new MillraceError('MR606', `${file}:${i + 1}: ${problem}`, { exit: EXIT.config });
      },
    }))
    .filter(({ item }) => item !== '' && !item.startsWith('#'));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const text = `The topics of ${file} can't be read: ${reportError(cause).message}`;
    throw new MillraceError('MR606', text, { exit: EXIT.config, cause });
  }
}

function plansOf(items: readonly Item[]): TopicPlan[] {
  const plans: TopicPlan[] = [];
  for (const { item, fail } of items) {
    const plan = planOf(item, fail);
    const other = plans.find(({ name }) => name === plan.name || collides(name, plan.name));
    if (other?.name === plan.name) fail(`${plan.name} is there twice.`);
    if (other) {
      fail(
        `${plan.name} collides with ${other.name}, because Kafka takes "." and "_" in names for the same. Rename one of them.`,
      );
    }
    plans.push(plan);
  }
  return plans;
}

function planOf(item: string, fail: Item['fail']): TopicPlan {
  const [, name, digits = '1'] = /^([^\s:]+)\s*(?::\s*(\d+))?$/.exec(item) ?? [];
  if (name === undefined) {
    return fail(
      `"${item}" is no topic. Write a name and a number of partitions, such as orders:3, with commas between several, or a file with one on each line.`,
    );
  }
  const problem = topicNameProblem(name);
  if (problem !== null) fail(`${problem}.`);
  const partitions = Number(digits);
  if (partitions < 1 || partitions > MAX_ADDED)
    fail(`${name} can have from 1 to ${MAX_ADDED} partitions, not ${digits}.`);
  return { name, partitions };
}
