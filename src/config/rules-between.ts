/** Rules between pipelines. */
import type { Selected } from './checked.ts';
import type { Issues } from './issue.ts';
import { reads } from './rules.ts';
import { placeOf } from './source.ts';
import { type ConfigNode, spotAt } from './tree.ts';

export function checkBetween(
  pipelines: readonly Selected[],
  tree: ConfigNode,
  issues: Issues,
): void {
  const whole = pipelines.filter(({ id }) => {
    return !['topics', 'groupId', 'instanceId'].some((key) =>
      issues.spoiled(['pipelines', id, 'source', key]),
    );
  });
  checkGroups(whole, tree, issues);
  checkInstances(whole, tree, issues);
  checkCycles(whole, tree, issues);
}

/** Members of one group must want the same topics, and two pipelines of one group split the records between them. */
function checkGroups(pipelines: readonly Selected[], tree: ConfigNode, issues: Issues): void {
  const first = new Map<string, Selected>();
  for (const selected of pipelines) {
    const { groupId, topics } = selected.pipeline.source;
    const other = first.get(groupId);
    if (other === undefined) {
      first.set(groupId, selected);
      continue;
    }
    const same = describeTopics(topics) === describeTopics(other.pipeline.source.topics);
    const path = ['pipelines', selected.id, 'source', 'groupId'];
    const message = same
      ? `pipelines ${other.id} and ${selected.id} share group ${groupId}: each handles only a part of the records`
      : `group ${groupId} is used by pipeline ${other.id} with other topics; members of a group must read the same`;
    issues.add('sharedGroup', spotAt(tree, path), message, {
      hint: 'give each pipeline a groupId of its own',
      path,
      severity: same ? 'warn' : 'error',
    });
  }
}

/** In a group an instance id is one member: each of two would fence the other. Reported where the second id is written. */
function checkInstances(pipelines: readonly Selected[], tree: ConfigNode, issues: Issues): void {
  const first = new Map<string, string>();
  for (const { id, pipeline } of pipelines) {
    const { groupId, instanceId } = pipeline.source;
    if (instanceId === '') continue;
    const member = `${instanceId} ${groupId}`;
    const other = first.get(member);
    if (other === undefined) {
      first.set(member, id);
      continue;
    }
    const pathOf = (of: string): string[] => ['pipelines', of, 'source', 'instanceId'];
    const { file, line, col } = placeOf(spotAt(tree, pathOf(other)));
    const message =
      `pipelines ${other} and ${id} are both the member "${instanceId}" of group ${groupId}; ` +
      `the other is at ${file}:${line}:${col}`;
    issues.add('instanceTwice', spotAt(tree, pathOf(id)), message, {
      hint: 'give each pipeline a groupId of its own, or another instanceId',
      path: pathOf(id),
    });
  }
}

function describeTopics({ names, pattern }: Selected['pipeline']['source']['topics']): string {
  return pattern?.toString() ?? [...names].sort().join(',');
}

/** A cycle is reported once, at the sink of its pipeline that stands first. */
function checkCycles(pipelines: readonly Selected[], tree: ConfigNode, issues: Issues): void {
  const done = new Set<string>();
  for (const start of pipelines) {
    const way = wayBack(start, pipelines, done);
    done.add(start.id);
    if (way === null) continue;
    const path = ['pipelines', start.id, 'sink', 'topic'];
    const round = [...way, start.id].join(' -> ');
    issues.add('cycle', spotAt(tree, path), `pipelines feed each other: ${round}`, { path });
  }
}

/** Pipelines from `start` back to itself, at least two; null when there is no such way. `done` is not searched again. */
function wayBack(
  start: Selected,
  pipelines: readonly Selected[],
  done: ReadonlySet<string>,
): string[] | null {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (const from of queue) {
    const topic = from.pipeline.sink?.topic;
    if (topic === undefined) continue;
    for (const to of pipelines) {
      if (to.id === from.id || done.has(to.id) || !reads(to.pipeline.source, topic)) continue;
      if (to.id === start.id) return trace(from.id, cameFrom);
      if (cameFrom.has(to.id)) continue;
      cameFrom.set(to.id, from.id);
      queue.push(to);
    }
  }
  return null;
}

function trace(last: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const way: string[] = [];
  for (let id: string | undefined = last; id !== undefined; id = cameFrom.get(id)) way.unshift(id);
  return way;
}
