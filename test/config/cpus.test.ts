import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { availableCpus } from '../../src/config/cpus.ts';
import { folderWith } from './fixture.ts';

function cpus(context: TestContext, offered: number, files: Record<string, string>): number {
  return availableCpus(offered, folderWith(context, files).path);
}

test('without a limit, all CPUs that the scheduler offers count', (t) => {
  assert.equal(cpus(t, 8, {}), 8);
  assert.equal(
    cpus(t, 8, { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' }),
    8,
  );
});

test('the quota of cgroup version 2 is rounded down, and at least one CPU is left', (t) => {
  const limited = (quota: string, offered = 8): number =>
    cpus(t, offered, { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': quota });
  assert.equal(limited('250000 100000\n'), 2);
  assert.equal(limited('50000 100000\n'), 1);
  assert.equal(limited('1600000 100000\n'), 8);
});

test('a limit of a group above counts too', (t) => {
  const files = {
    'proc/self/cgroup': '0::/kubepods/pod1/app\n',
    'sys/fs/cgroup/kubepods/pod1/app/cpu.max': 'max 100000\n',
    'sys/fs/cgroup/kubepods/pod1/cpu.max': '300000 100000\n',
    'sys/fs/cgroup/kubepods/cpu.max': '600000 100000\n',
  };
  assert.equal(cpus(t, 8, files), 3);
});

test('in a container the limit is at the root, whatever path the host gives', (t) => {
  const files = {
    'proc/self/cgroup': '0::/docker/abc\n',
    'sys/fs/cgroup/cpu.max': '200000 100000\n',
  };
  assert.equal(cpus(t, 8, files), 2);
});

test('the quota of cgroup version 1 counts, -1 is none', (t) => {
  const limited = (quota: string): number =>
    cpus(t, 8, {
      'proc/self/cgroup': '9:name=systemd:/\n3:cpu,cpuacct:/\n0::/\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': quota,
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    });
  assert.equal(limited('350000\n'), 3);
  assert.equal(limited('-1\n'), 8);
});

test('files that say nothing sensible limit nothing', (t) => {
  for (const text of ['', 'x y', '0 0', '100000', '-5 100000', '100000 0']) {
    assert.equal(
      cpus(t, 4, {
        'proc/self/cgroup': '0::/a/../../b\nnonsense\n',
        'sys/fs/cgroup/cpu.max': text,
      }),
      4,
      text,
    );
  }
});
