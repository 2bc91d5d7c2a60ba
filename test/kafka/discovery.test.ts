import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Discovery } from '../../src/kafka/discovery.ts';
import { FakeClock } from '../support/clock.ts';
import { turn } from '../support/fake-broker.ts';
import { FakeCluster } from '../support/fake-cluster.ts';
import { signalsOf } from '../support/kafka-signals.ts';
import { pipelineOf } from '../support/pipeline.ts';

function discovering(source: { topics?: string[]; pattern?: RegExp }) {
  const [clock, cluster] = [new FakeClock(), new FakeCluster()];
  const base = pipelineOf();
  const pipeline = { ...base, source: { ...base.source, discoveryIntervalMs: 5000, ...source } };
  let changes = 0;
  const discovery = new Discovery({ clock, cluster, pipeline }, () => {
    changes++;
    return Promise.resolve();
  });
  return { clock, cluster, discovery, changes: () => changes };
}

describe('Discovery', () => {
  it('says once what a pattern matches, nothing too, and again when that has changed', async (t) => {
    const matched = signalsOf(t, 'topics.matched');
    const { clock, cluster, discovery, changes } = discovering({ topics: [], pattern: /^o/ });
    await discovery.start();
    clock.advance(5000);
    await turn();
    assert.deepEqual(
      matched.map(({ pattern, topics }) => [pattern, topics]),
      [['/^o/', []]],
    );
    cluster.topics.set('orders', [1]);
    clock.advance(5000);
    await turn();
    assert.deepEqual(matched[1]?.topics, ['orders']);
    assert.deepEqual([changes(), discovery.topics], [1, ['orders']]);
  });

  it('says nothing of topics that are named, and looks at them once', async (t) => {
    const matched = signalsOf(t, 'topics.matched');
    const { clock, cluster, discovery } = discovering({ topics: ['orders'] });
    await discovery.start();
    const looks = cluster.log.length;
    clock.advance(60_000);
    await turn();
    assert.deepEqual([matched, cluster.log.length], [[], looks]);
  });

  it('looks no more once it is stopped', async () => {
    const { clock, cluster, discovery, changes } = discovering({ topics: [], pattern: /^o/ });
    await discovery.start();
    discovery.stop();
    cluster.topics.set('orders', [1]);
    clock.advance(5000);
    await turn();
    assert.equal(changes(), 0);
  });
});
