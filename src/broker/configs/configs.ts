import { BROKER_DEFINITIONS } from './broker-definitions.ts';
import { type ConfigDefinition, problemOf } from './definition.ts';
import { TOPIC_DEFINITIONS } from './topic-definitions.ts';

/** Where a value comes from, by the numbers that DescribeConfigs gives the sources. */
export const CONFIG_SOURCE = {
  topic: 1,
  broker: 2,
  allBrokers: 3,
  start: 4,
  default: 5,
} as const;

/** A value under the name that it is set by, and where. */
export interface ConfigValue {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

/** Values by their names. */
export type ConfigMap = Map<string, string>;

const BROKER = new Map(BROKER_DEFINITIONS.map((definition) => [definition.name, definition]));
const TOPIC = new Map(TOPIC_DEFINITIONS.map((definition) => [definition.name, definition]));

export const brokerDefinition = (name: string): ConfigDefinition | undefined => BROKER.get(name);
export const topicDefinition = (name: string): ConfigDefinition | undefined => TOPIC.get(name);

/**
 * The configs of a cluster: what it was started with, and what was set later for a broker, or with the name '' for all of
 * them. A value is looked for from the narrowest place to the widest; each list here begins with the one that holds.
 */
export class Configs {
  readonly #atStart: ReadonlyMap<string, string>;
  readonly #ofBrokers = new Map<string, ConfigMap>();

  /** Throws TypeError for a name that is not known or a value that does not fit. */
  constructor(atStart: Readonly<Record<string, string>>) {
    for (const [name, value] of Object.entries(atStart)) {
      const definition = BROKER.get(name);
      if (definition === undefined) throw new TypeError(`A broker has no config "${name}".`);
      const problem = problemOf(definition, value);
      if (problem !== null) throw new TypeError(problem);
    }
    this.#atStart = new Map(Object.entries(atStart));
  }

  /** What was set later for a broker; '' is all brokers. To be changed by whoever has checked the change. */
  ofBroker(brokerName: string): ConfigMap {
    const known = this.#ofBrokers.get(brokerName) ?? new Map<string, string>();
    this.#ofBrokers.set(brokerName, known);
    return known;
  }

  /** All values that a broker's config has; never empty. */
  brokerValues(definition: ConfigDefinition, brokerName: string): ConfigValue[] {
    const { name, otherwise } = definition;
    const places: [string | undefined, number][] = [
      [brokerName === '' ? undefined : this.ofBroker(brokerName).get(name), CONFIG_SOURCE.broker],
      [this.ofBroker('').get(name), CONFIG_SOURCE.allBrokers],
      [this.#atStart.get(name), CONFIG_SOURCE.start],
      [otherwise ?? undefined, CONFIG_SOURCE.default],
    ];
    const values = places.flatMap(([value, source]) =>
      value === undefined ? [] : [{ name, value, source }],
    );
    return values.length > 0 ? values : [{ name, value: null, source: CONFIG_SOURCE.default }];
  }

  /** All values that a topic's config has, the broker's behind its own; never empty. */
  topicValues(
    definition: ConfigDefinition,
    topic: ReadonlyMap<string, string>,
    brokerName: string,
  ): ConfigValue[] {
    const { name, synonym, otherwise } = definition;
    const own = topic.get(name);
    const values = own === undefined ? [] : [{ name, value: own, source: CONFIG_SOURCE.topic }];
    const behind = synonym === null ? undefined : BROKER.get(synonym);
    if (behind !== undefined) return [...values, ...this.brokerValues(behind, brokerName)];
    if (values.length > 0) return values;
    return [{ name, value: otherwise, source: CONFIG_SOURCE.default }];
  }

  /** What a broker config is, of all brokers. Throws TypeError for an unknown name. */
  text(name: string): string {
    return effective(BROKER, name, (definition) => this.brokerValues(definition, ''));
  }

  number(name: string): number {
    return Number(this.text(name));
  }

  isOn(name: string): boolean {
    return this.text(name).toLowerCase() === 'true';
  }

  /** What a topic's config is. Throws TypeError for an unknown name. */
  topicText(topic: ReadonlyMap<string, string>, name: string): string {
    return effective(TOPIC, name, (definition) => this.topicValues(definition, topic, ''));
  }
}

function effective(
  definitions: ReadonlyMap<string, ConfigDefinition>,
  name: string,
  valuesOf: (definition: ConfigDefinition) => ConfigValue[],
): string {
  const definition = definitions.get(name);
  if (definition === undefined) throw new TypeError(`There is no config "${name}".`);
  return valuesOf(definition)[0]?.value ?? '';
}
