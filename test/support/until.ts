import { setTimeout as delay } from 'node:timers/promises';

/**
 * Resolves when `holds` says so. For what other processes do and nobody tells of: it asks every 50 ms. Rejects after `capMs`.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  capMs = 30_000,
): Promise<void> {
  const endMs = performance.now() + capMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`Not true within ${capMs} ms: ${String(holds)}`);
    await delay(50);
  }
}
