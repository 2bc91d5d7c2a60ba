import { existsSync, readFileSync } from 'node:fs';
import type { TopicPlan } from '../cluster-access.ts';
import { UsageError } from './arguments.ts';

/**
 * Topics from the command line: `orders:3,payments`, or a file with one on each line, where empty lines and those that begin with
 * # say nothing. Without a number a topic has one partition. Throws UsageError with what is wrong.
 */
export function topicList(command: string, text: string): TopicPlan[] {
  const items = existsSync(text) ? linesOf(readFileSync(text, 'utf8')) : text.split(',');
  const plans = items.map((item) => planOf(command, item.trim()));
  for (const [i, { name }] of plans.entries()) {
    if (plans.findIndex((plan) => plan.name === name) < i)
      throw new UsageError(`--topics has ${name} twice.`, command);
  }
  return plans;
}

const linesOf = (text: string): string[] =>
  text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trim().startsWith('#'));

function planOf(command: string, item: string): TopicPlan {
  const [, name, partitions = '1'] = /^([\w.-]{1,249})(?::(\d{1,5}))?$/.exec(item) ?? [];
  if (name !== undefined && Number(partitions) > 0) return { name, partitions: Number(partitions) };
  throw new UsageError(
    `--topics takes names with a number of partitions, such as orders:3,payments:1, or a file with one on each line, not "${item}".`,
    command,
  );
}
