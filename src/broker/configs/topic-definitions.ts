import { type ConfigDefinition, define } from './definition.ts';

const LONG_MAX = '9223372036854775807';

/** What can be set for a topic, with the defaults of Kafka 4.1. Source: its documentation, "Topic Configs". */
export const TOPIC_DEFINITIONS: readonly ConfigDefinition[] = [
  define('cleanup.policy', 'list', 'delete', {
    synonym: 'log.cleanup.policy',
    oneOf: ['compact', 'delete'],
  }),
  define('compression.gzip.level', 'int', '-1', {
    synonym: 'compression.gzip.level',
    min: -1,
    max: 9,
  }),
  define('compression.lz4.level', 'int', '9', {
    synonym: 'compression.lz4.level',
    min: 1,
    max: 17,
  }),
  define('compression.type', 'string', 'producer', {
    synonym: 'compression.type',
    oneOf: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
  }),
  define('compression.zstd.level', 'int', '3', {
    synonym: 'compression.zstd.level',
    min: -131_072,
    max: 22,
  }),
  define('delete.retention.ms', 'long', '86400000', {
    synonym: 'log.cleaner.delete.retention.ms',
    min: 0,
  }),
  define('file.delete.delay.ms', 'long', '60000', {
    synonym: 'log.segment.delete.delay.ms',
    min: 0,
  }),
  define('flush.messages', 'long', LONG_MAX, { synonym: 'log.flush.interval.messages', min: 1 }),
  define('flush.ms', 'long', LONG_MAX, { min: 0 }),
  define('follower.replication.throttled.replicas', 'list', ''),
  define('index.interval.bytes', 'int', '4096', { synonym: 'log.index.interval.bytes', min: 0 }),
  define('leader.replication.throttled.replicas', 'list', ''),
  define('local.retention.bytes', 'long', '-2', { synonym: 'log.local.retention.bytes', min: -2 }),
  define('local.retention.ms', 'long', '-2', { synonym: 'log.local.retention.ms', min: -2 }),
  define('max.compaction.lag.ms', 'long', LONG_MAX, {
    synonym: 'log.cleaner.max.compaction.lag.ms',
    min: 1,
  }),
  define('max.message.bytes', 'int', '1048588', { synonym: 'message.max.bytes', min: 0 }),
  define('message.timestamp.after.max.ms', 'long', '3600000', {
    synonym: 'log.message.timestamp.after.max.ms',
    min: 0,
  }),
  define('message.timestamp.before.max.ms', 'long', LONG_MAX, {
    synonym: 'log.message.timestamp.before.max.ms',
    min: 0,
  }),
  define('message.timestamp.type', 'string', 'CreateTime', {
    synonym: 'log.message.timestamp.type',
    oneOf: ['CreateTime', 'LogAppendTime'],
  }),
  define('min.cleanable.dirty.ratio', 'double', '0.5', {
    synonym: 'log.cleaner.min.cleanable.ratio',
    min: 0,
    max: 1,
  }),
  define('min.compaction.lag.ms', 'long', '0', {
    synonym: 'log.cleaner.min.compaction.lag.ms',
    min: 0,
  }),
  define('min.insync.replicas', 'int', '1', { synonym: 'min.insync.replicas', min: 1 }),
  define('preallocate', 'boolean', 'false', { synonym: 'log.preallocate' }),
  define('remote.log.copy.disable', 'boolean', 'false'),
  define('remote.log.delete.on.disable', 'boolean', 'false'),
  define('remote.storage.enable', 'boolean', 'false'),
  define('retention.bytes', 'long', '-1', { synonym: 'log.retention.bytes' }),
  define('retention.ms', 'long', '604800000', { min: -1 }),
  define('segment.bytes', 'int', '1073741824', { synonym: 'log.segment.bytes', min: 1_048_576 }),
  define('segment.index.bytes', 'int', '10485760', { synonym: 'log.index.size.max.bytes', min: 4 }),
  define('segment.jitter.ms', 'long', '0', { min: 0 }),
  define('segment.ms', 'long', '604800000', { min: 1 }),
  define('unclean.leader.election.enable', 'boolean', 'false', {
    synonym: 'unclean.leader.election.enable',
  }),
];
