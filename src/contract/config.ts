/**
 * The checked configuration: what `src/config` makes of the YAML files and what every other folder reads. All
 * defaults are filled in, durations are milliseconds, sizes are bytes, paths are absolute, and the
 * whole object is frozen. The meaning, range and default of each key stand in the field table of
 * `src/config`, which is also what the reference and the JSON Schema are made from.
 */
export interface MillraceConfig {
  readonly kafka: KafkaConfig;
  /** null when the file says `http: false`. */
  readonly http: HttpConfig | null;
  readonly logging: LoggingConfig;
  readonly shutdown: { readonly timeoutMs: number };
  /** The shared pool, used by each pipeline that has no `workers` of its own. */
  readonly workers: WorkersConfig;
  /** Enabled pipelines only, in the order of the file. */
  readonly pipelines: readonly PipelineConfig[];
}

export interface KafkaConfig {
  /** `host:port`, at least one; an IPv6 address in brackets. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** null: plain TCP. */
  readonly tls: TlsConfig | null;
  readonly sasl: SaslConfig | null;
  readonly connectTimeoutMs: number;
}

export interface TlsConfig {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized: boolean;
}

export interface SaslConfig {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

export interface HttpConfig {
  readonly host: string;
  /** 'auto': 8080, or a free port when that one is taken. 0: a free port. */
  readonly port: number | 'auto';
  readonly metrics: boolean;
}

export interface LoggingConfig {
  readonly level: LogLevel;
  readonly format: 'auto' | 'pretty' | 'json';
  /** Paths of log fields to be masked, in pino's notation. */
  readonly redact: readonly string[];
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface WorkersConfig {
  readonly threads: number;
  /** Records whose handler runs at the same time in one thread. */
  readonly concurrencyPerThread: number;
  /** V8 heap limit of one thread in bytes; null leaves it to V8. */
  readonly maxHeapBytes: number | null;
}

export interface PipelineConfig {
  readonly id: string;
  readonly source: SourceConfig;
  readonly deserialize: { readonly key: Deserializer; readonly value: Deserializer };
  readonly handler: HandlerConfig;
  /** Free data for the handler's `setup`; JSON-like. */
  readonly options: unknown;
  readonly ordering: Ordering;
  /** Records whose handler runs at the same time in this process; at most threads x concurrencyPerThread. */
  readonly concurrency: number;
  readonly buffer: { readonly maxRecords: number; readonly maxBytes: number };
  readonly maxUncommitted: number;
  readonly timeoutMs: number;
  readonly retry: RetryConfig;
  readonly onFailure: 'halt' | 'drop';
  readonly sink: SinkConfig | null;
  readonly commit: { readonly mode: 'interval' | 'batch'; readonly intervalMs: number };
  readonly rebalance: { readonly drainTimeoutMs: number };
  readonly stuckAfterMs: number;
  /** null: the shared pool of `MillraceConfig.workers`. */
  readonly workers: WorkersConfig | null;
}

export type Ordering = 'key' | 'partition' | 'none';
export type Deserializer = 'bytes' | 'string' | 'json';

export interface SourceConfig {
  /** Topic names; empty when `pattern` is set. */
  readonly topics: readonly string[];
  /** A pattern over topic names, from `topics: /regex/`; null when names are given. */
  readonly pattern: RegExp | null;
  readonly groupId: string;
  /** Id of a static member; null: an ordinary one. */
  readonly instanceId: string | null;
  /** Manual assignment: topic to partitions; null means group membership. */
  readonly partitions: Readonly<Record<string, readonly number[]>> | null;
  readonly autoOffsetReset: 'earliest' | 'latest' | 'none';
  readonly onOffsetLost: 'stop' | 'earliest' | 'latest';
  readonly isolationLevel: 'readCommitted' | 'readUncommitted';
  readonly discoveryIntervalMs: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly fetch: {
    readonly maxBytes: number;
    readonly maxPartitionBytes: number;
    readonly maxWaitMs: number;
    readonly minBytes: number;
  };
}

export interface HandlerConfig {
  /** Absolute path of the module, links resolved, inside the folder of the file that names it. */
  readonly file: string;
  /** Named export; null is the default export. */
  readonly exportName: string | null;
}

export interface RetryConfig {
  /** Counts the first try; 0 is no limit. */
  readonly maxAttempts: number;
  readonly backoff: {
    readonly type: 'exponential' | 'fixed';
    readonly initialMs: number;
    readonly maxMs: number;
    readonly factor: number;
    /** Share of the delay that is drawn at random around it, 0 to 1. */
    readonly jitter: number;
  };
  /** Names or codes of errors that are not retried. */
  readonly notOn: readonly string[];
}

export interface SinkConfig {
  readonly topic: string;
  readonly serialize: Deserializer;
  readonly acks: 'all' | 'leader';
  readonly compression: Compression;
  readonly partitioner: 'murmur2';
}

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
