import { StopOrder } from '../stop-order.ts';

/**
 * `millrace dev`: the pipelines on a broker of their own, handlers and configuration reloaded when they change. Listens to the order to
 * stop first: all that it needs takes its time to load.
 */
export async function run(argv: readonly string[]): Promise<number> {
  const order = new StopOrder();
  const broken = new Promise<never>((_, reject) => {
    order.listen({ onFirst: () => {}, onSecond: () => {}, onBug: reject });
  });
  const { develop } = await import('./develop.ts');
  return Promise.race([develop(argv, order), broken]);
}
