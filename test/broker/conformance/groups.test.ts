import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { EmbeddedBroker } from '../../../src/broker/broker.ts';
import * as groups from './group-scripts.ts';
import * as offsets from './offset-scripts.ts';
import { ready } from './ready.ts';
import * as rebalances from './rebalance-scripts.ts';
import { answersOf, type Script } from './talk.ts';

const SCRIPTS: Readonly<Record<string, Script>> = {
  'who coordinates': groups.findCoordinators,
  'joining that is refused': groups.refusedJoins,
  'a group of one': groups.groupOfOne,
  'a second member': rebalances.secondMember,
  'a newcomer before the assignment': rebalances.interruptedSync,
  'members that do not join again': rebalances.absentMembers,
  'a member that does not ask for its assignment': rebalances.absentAssignment,
  'a static member that starts again': rebalances.staticMember,
  'a static member that starts twice': rebalances.staticMemberTwice,
  'commits of nobody': offsets.plainCommits,
  'commits of a member': offsets.memberCommits,
  'offsets that are deleted': offsets.deletedOffsets,
  'lists of groups': offsets.lists,
};

const kafka = process.env['KAFKA_BROKERS']?.split(',')[0];
const skip = kafka === undefined && 'KAFKA_BROKERS names no Kafka to compare with';

before(async () => {
  if (kafka !== undefined) await ready(kafka);
});

for (const [what, script] of Object.entries(SCRIPTS)) {
  test(`about ${what} the broker says what Kafka says`, { skip }, async () => {
    const broker = await EmbeddedBroker.start({
      configs: { 'group.initial.rebalance.delay.ms': '0' },
    });
    try {
      const [ours, theirs] = await Promise.all([
        answersOf(broker.bootstrap, script),
        answersOf(kafka ?? '', script),
      ]);
      assert.ok(theirs.length > 0);
      assert.deepEqual(ours, theirs);
    } finally {
      await broker.close();
    }
  });
}
