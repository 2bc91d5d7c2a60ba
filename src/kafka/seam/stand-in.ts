import type { Broker } from './cluster.ts';

/** The broker with some of its methods replaced; the others work on the broker itself. */
export function standIn(broker: Broker, methods: Partial<Broker>): Broker {
  return new Proxy(broker, {
    get(target, name) {
      const replaced = methods[name as keyof Broker];
      if (replaced !== undefined) return replaced;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
