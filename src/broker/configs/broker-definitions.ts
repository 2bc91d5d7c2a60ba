import { type ConfigDefinition, define } from './definition.ts';
import { TOPIC_DEFINITIONS } from './topic-definitions.ts';

const readOnly = { isReadOnly: true };

/** What can be set for a broker and not for a topic: those that are acted on here, or that clients like to ask for. */
const OWN: readonly ConfigDefinition[] = [
  define('auto.create.topics.enable', 'boolean', 'true', readOnly),
  define('broker.id', 'int', '-1', readOnly),
  define('connections.max.idle.ms', 'long', '600000', readOnly),
  define('connections.max.reauth.ms', 'long', '0', readOnly),
  define('default.replication.factor', 'int', '1', readOnly),
  define('delete.topic.enable', 'boolean', 'true', readOnly),
  define('group.initial.rebalance.delay.ms', 'int', '3000', readOnly),
  define('group.max.session.timeout.ms', 'int', '1800000', readOnly),
  define('group.max.size', 'int', '2147483647', { ...readOnly, min: 1 }),
  define('group.min.session.timeout.ms', 'int', '6000', readOnly),
  define('log.retention.hours', 'int', '168', readOnly),
  define('log.retention.ms', 'long', null),
  define('log.roll.hours', 'int', '168', { ...readOnly, min: 1 }),
  define('node.id', 'int', '-1', readOnly),
  define('num.partitions', 'int', '1', { ...readOnly, min: 1 }),
  define('offset.metadata.max.bytes', 'int', '4096', readOnly),
  define('offsets.retention.minutes', 'int', '10080', { ...readOnly, min: 1 }),
  define('offsets.topic.num.partitions', 'int', '50', { ...readOnly, min: 1 }),
  define('socket.request.max.bytes', 'int', '104857600', { ...readOnly, min: 1 }),
  define('transaction.max.timeout.ms', 'int', '900000', { ...readOnly, min: 1 }),
  define('transactional.id.expiration.ms', 'int', '604800000', { ...readOnly, min: 1 }),
];

/** What can be set for a broker: its own, and those that stand in for what a topic does not set. */
export const BROKER_DEFINITIONS: readonly ConfigDefinition[] = [
  ...OWN,
  ...TOPIC_DEFINITIONS.flatMap((definition) =>
    definition.synonym === null ? [] : [{ ...definition, name: definition.synonym, synonym: null }],
  ),
];
