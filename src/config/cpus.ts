/**
 * How many CPUs this process may use: what the scheduler offers, or less where a cgroup limits the time (the CPU
 * limit of a container). Node 20 counts the CPUs of the machine only.
 *
 * Sources: kernel documentation, admin-guide/cgroup-v2 (`cpu.max`: quota or "max", and period, in microseconds) and
 * scheduler/sched-bwc (`cpu.cfs_quota_us`, -1 for none, and `cpu.cfs_period_us`).
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/** Whole CPUs, at least 1. `root` is where /proc and /sys are, for tests. */
export function availableCpus(offered: number = availableParallelism(), root = '/'): number {
  const limits = [offered];
  const groups = read(join(root, 'proc/self/cgroup')).split('\n');
  for (const group of groups) {
    const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(group) ?? [];
    const isV2 = controllers === '';
    if (!isV2 && !controllers.split(',').includes('cpu')) continue;
    const mount = join(root, isV2 ? 'sys/fs/cgroup' : 'sys/fs/cgroup/cpu');
    limits.push(...ancestors(path).map((step) => limitOf(join(mount, step), isV2)));
  }
  return Math.max(1, Math.floor(Math.min(...limits)));
}

/** A group and all above it: each may have a limit. In a container the path is that of the host, and only `/` exists. */
function ancestors(path: string): string[] {
  const steps = [path];
  while (steps.at(-1) !== '/' && steps.length < 64) steps.push(dirname(steps.at(-1) ?? '/'));
  return steps;
}

function limitOf(folder: string, isV2: boolean): number {
  const [quota = '', period = ''] = isV2
    ? read(join(folder, 'cpu.max')).trim().split(' ')
    : [read(join(folder, 'cpu.cfs_quota_us')), read(join(folder, 'cpu.cfs_period_us'))];
  const cpus = Number.parseInt(quota, 10) / Number.parseInt(period, 10);
  return cpus > 0 ? cpus : Number.POSITIVE_INFINITY;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // No such controller here, so no limit.
    return '';
  }
}
