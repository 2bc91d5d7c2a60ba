/** Whether Kafka won't have both topics: in its metrics '.' and '_' are the same. */
export const collides = (one: string, other: string): boolean =>
  one !== other && one.replaceAll('.', '_') === other.replaceAll('.', '_');
