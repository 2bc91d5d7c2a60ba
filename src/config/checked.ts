/**
 * The shape of what `checkMap` gives for the root of the field table: as in `MillraceConfig`, but with `auto` not yet
 * resolved and handlers not yet found.
 */
import type {
  HttpConfig,
  KafkaConfig,
  LoggingConfig,
  MillraceConfig,
  PipelineConfig,
  SourceConfig,
} from '../contract/config.ts';
import type { HandlerName } from './handler-name.ts';
import type { Topics } from './read-topics.ts';

export interface CheckedRoot {
  readonly kafka: KafkaConfig;
  readonly http: HttpConfig | null;
  readonly logging: LoggingConfig;
  readonly shutdown: MillraceConfig['shutdown'];
  readonly workers: CheckedWorkers;
  readonly pipelines: Readonly<Record<string, CheckedPipeline>>;
}

export interface CheckedWorkers {
  readonly threads: number | 'auto';
  readonly concurrencyPerThread: number;
  readonly maxHeapBytes: number | 'auto';
}

export interface CheckedPipeline
  extends Omit<
    PipelineConfig,
    'id' | 'source' | 'handler' | 'concurrency' | 'stuckAfterMs' | 'workers'
  > {
  readonly enabled: boolean;
  readonly source: CheckedSource;
  readonly handler: HandlerName;
  readonly concurrency: number | 'auto';
  readonly stuckAfterMs: number | 'auto';
  readonly workers: CheckedWorkers | null;
}

export interface CheckedSource
  extends Omit<SourceConfig, 'topics' | 'pattern' | 'instanceId' | 'partitions'> {
  readonly topics: Topics;
  /** Empty for none. */
  readonly instanceId: string;
  readonly partitions: Readonly<Record<string, readonly number[]>>;
}

/** A pipeline that is to run. */
export interface Selected {
  readonly id: string;
  readonly pipeline: CheckedPipeline;
}
