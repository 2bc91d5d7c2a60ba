import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { publish } from '../../src/contract/signals.ts';
import type { EngineStatus } from '../../src/contract/status.ts';
import { Health, type Probe } from '../../src/observe/health.ts';
import { FakeClock } from '../support/clock.ts';
import { engine, partition, pipeline, thread } from './status.ts';

const watched = { id: 'orders', stuckAfterMs: 60_000, source: { rebalanceTimeoutMs: 60_000 } };
const standing = pipeline({
  partitions: [partition({ inFlight: 1, watermark: 50n, buffered: 50 })],
});

interface SetUp {
  readonly health: Health;
  readonly clock: FakeClock;
  readonly logged: string[];
  /** The status that the next snapshots give; an error is thrown. */
  status: EngineStatus | Error;
}

function setUp(context: TestContext, status: EngineStatus = engine()): SetUp {
  const clock = new FakeClock();
  const logged: string[] = [];
  const say =
    (level: string) =>
    (message: string): void => {
      logged.push(`${level}: ${message}`);
    };
  const health = new Health({
    snapshot: () => {
      if (result.status instanceof Error) throw result.status;
      return result.status;
    },
    pipelines: [watched],
    log: { info: say('info'), error: say('error') },
    clock,
  });
  const result: SetUp = { health, clock, logged, status };
  health.start();
  context.after(() => health.stop());
  return result;
}

const is = (status: EngineStatus, context: TestContext, probe: Probe): string =>
  setUp(context, status).health.report(probe).status;

const cases: readonly [string, EngineStatus, { live: string; ready: string; startup: string }][] = [
  ['runs', engine(), { live: 'ok', ready: 'ok', startup: 'ok' }],
  [
    'owns no partition',
    engine({ pipelines: [pipeline({ partitions: [] })] }),
    { live: 'ok', ready: 'ok', startup: 'ok' },
  ],
  [
    'starts',
    engine({
      state: 'starting',
      pipelines: [pipeline({ hasJoined: false })],
      threads: [thread({ isReady: false })],
    }),
    { live: 'ok', ready: 'failing', startup: 'failing' },
  ],
  [
    'has its handlers loaded and has not joined',
    engine({ state: 'starting', pipelines: [pipeline({ hasJoined: false })] }),
    { live: 'ok', ready: 'failing', startup: 'failing' },
  ],
  [
    'has joined with one of two pipelines',
    engine({ state: 'starting', pipelines: [pipeline(), pipeline({ id: 'b', hasJoined: false })] }),
    { live: 'ok', ready: 'failing', startup: 'failing' },
  ],
  ['drains', engine({ state: 'draining' }), { live: 'ok', ready: 'failing', startup: 'ok' }],
  ['has stopped', engine({ state: 'stopped' }), { live: 'ok', ready: 'failing', startup: 'ok' }],
  [
    'hears no broker',
    engine({ pipelines: [pipeline({ silentMs: 15_001 })] }),
    { live: 'ok', ready: 'failing', startup: 'ok' },
  ],
  [
    'heard a broker 15 seconds ago',
    engine({ pipelines: [pipeline({ silentMs: 15_000 })] }),
    { live: 'ok', ready: 'ok', startup: 'ok' },
  ],
  [
    'never heard a broker',
    engine({ pipelines: [pipeline({ silentMs: null })] }),
    { live: 'ok', ready: 'failing', startup: 'ok' },
  ],
  [
    'hears a broker with one of two pipelines',
    engine({ pipelines: [pipeline(), pipeline({ id: 'b', silentMs: 60_000 })] }),
    { live: 'ok', ready: 'failing', startup: 'ok' },
  ],
  [
    'replaces one of two threads',
    engine({ threads: [thread(), thread({ id: 1, isReady: false })] }),
    { live: 'ok', ready: 'ok', startup: 'ok' },
  ],
  [
    'has no thread that is ready in one of its pools',
    engine({ threads: [thread(), thread({ pool: 'refunds', isReady: false })] }),
    { live: 'ok', ready: 'failing', startup: 'ok' },
  ],
  [
    'has a halted lane, a stopped partition and one that is paused',
    engine({
      pipelines: [
        pipeline({
          partitions: [
            partition({ lanesHalted: 2, buffered: 9, watermark: 1n }),
            partition({ partition: 1, state: 'stopped', watermark: null }),
            partition({ partition: 2, isPaused: true }),
          ],
        }),
      ],
    }),
    { live: 'ok', ready: 'ok', startup: 'ok' },
  ],
];
for (const [what, status, expected] of cases) {
  test(`a process that ${what}: live ${expected.live}, ready ${expected.ready}, startup ${expected.startup}`, (context) => {
    for (const probe of ['live', 'ready', 'startup'] as const) {
      assert.equal(is(status, context, probe), expected[probe], probe);
    }
  });
}

test('a stuck pipeline fails liveness, is logged once, and both end when it goes on', (context) => {
  const set = setUp(context, engine({ pipelines: [standing] }));
  set.clock.advance(60_000);
  assert.equal(set.health.report('live').status, 'ok');
  set.clock.advance(60_000);
  const { status, checks } = set.health.report('live');
  assert.equal(status, 'failing');
  assert.equal(checks[0]?.name, 'progress orders');
  assert.match(checks[0]?.detail ?? '', /nothing moved for \d+ s/);
  assert.equal(set.health.report('ready').status, 'ok');
  set.status = engine();
  set.clock.advance(1000);
  assert.equal(set.health.report('live').status, 'ok');
  assert.equal(set.logged.length, 2);
  assert.match(set.logged[0] ?? '', /^error: pipeline is stuck/);
  assert.match(set.logged[1] ?? '', /^info: pipeline goes on/);
});

test('a broker that is away for an hour with records waiting leaves liveness at ok', (context) => {
  const away = pipeline({
    silentMs: 20_000,
    partitions: [partition({ watermark: 50n, buffered: 50, endAgeMs: 20_000 })],
  });
  const { clock, health } = setUp(context, engine({ pipelines: [away] }));
  clock.advance(3_600_000);
  assert.equal(health.report('live').status, 'ok');
});

test('draining never fails liveness', (context) => {
  const { clock, health } = setUp(context, engine({ state: 'draining', pipelines: [standing] }));
  clock.advance(3_600_000);
  assert.equal(health.report('live').status, 'ok');
});

test('a pipeline that works while another one still joins is watched', (context) => {
  const { clock, health } = setUp(context, engine({ state: 'starting', pipelines: [standing] }));
  clock.advance(62_000);
  assert.equal(health.report('live').status, 'failing');
});

test('a retry that is due later is waited for', (context) => {
  const waiting = partition({ watermark: 50n, buffered: 50, lanesWaiting: 1 });
  const status = engine({ pipelines: [pipeline({ partitions: [waiting] })] });
  const { clock, health } = setUp(context, status);
  const failed = {
    pipeline: 'orders',
    topic: 'orders',
    partition: 0,
    offset: 50n,
    attempt: 1,
    kind: 'error',
    error: { name: 'Error', message: 'x', code: null, stack: null },
  } as const;
  publish('record.failed', { ...failed, next: 'retry', delayMs: 600_000 });
  clock.advance(600_000);
  assert.equal(health.report('live').status, 'ok');
  publish('record.failed', { ...failed, next: 'halt', delayMs: 600_000 });
  clock.advance(62_000);
  assert.equal(health.report('live').status, 'failing');
});

test('a rebalance is waited for until the member has joined', (context) => {
  const idle = partition({ watermark: 50n, buffered: 50 });
  const status = engine({ pipelines: [pipeline({ partitions: [idle] })] });
  const { clock, health } = setUp(context, status);
  const member = { pipeline: 'orders', groupId: 'g' };
  publish('member.rebalancing', member);
  clock.advance(100_000);
  assert.equal(health.report('live').status, 'ok');
  const joined = { ...member, memberId: 'm', generation: 2, added: [], revoked: [], kept: 1 };
  publish('member.rebalancing', member);
  publish('member.joined', joined);
  clock.advance(62_000);
  assert.equal(health.report('live').status, 'failing');
});

test('what policy halted or stopped shows in the answer', (context) => {
  const partitions = [partition({ lanesHalted: 2 }), partition({ partition: 1, state: 'stopped' })];
  const { health } = setUp(context, engine({ pipelines: [pipeline({ partitions })] }));
  const policy = health.report('live').checks.find(({ name }) => name === 'policy');
  assert.deepEqual([policy?.ok, policy?.detail], [true, '2 lanes halted, 1 partitions stopped']);
});

test('a check says since when it has had its result', (context) => {
  const set = setUp(context);
  const since = (): number | undefined =>
    set.health.report('ready').checks.find(({ name }) => name === 'broker orders')?.sinceMs;
  set.clock.advance(30_000);
  assert.equal(since(), 29_000);
  set.status = engine({ pipelines: [pipeline({ silentMs: 20_000 })] });
  set.clock.advance(5000);
  assert.equal(since(), 4000);
});

test('a snapshot that throws is logged by the watch and thrown to who asks', (context) => {
  const set = setUp(context);
  set.status = new Error('bug');
  set.clock.advance(1000);
  assert.deepEqual(set.logged, ['error: health could not be looked at']);
  assert.throws(() => set.health.report('live'), /bug/);
  set.status = engine();
  set.clock.advance(1000);
  assert.equal(set.logged.length, 1);
  assert.equal(set.health.report('live').status, 'ok');
});

test('stopping leaves no timer', (context) => {
  const { health, clock } = setUp(context);
  health.stop();
  assert.equal(clock.nextMs, Number.POSITIVE_INFINITY);
});
