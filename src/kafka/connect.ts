import type { Clock } from '../contract/clock.ts';
import type { KafkaConfig } from '../contract/config.ts';
import { EXIT, MillraceError } from '../contract/errors.ts';
import type { Client } from './client.ts';
import type { Cluster } from './seam/cluster.ts';

/**
 * Connects within `connectTimeout`. Rejects with MR301 (exit 69) when no broker answered in that time, and with MR305
 * (exit 77) when one refused the credentials.
 */
export async function connect(
  cluster: Cluster,
  client: Client,
  config: KafkaConfig,
  clock: Clock,
): Promise<void> {
  client.isStarting = true;
  let isLate = false;
  const late = new Promise<'late'>((resolve) => {
    clock.after(config.connectTimeoutMs, () => {
      isLate = true;
      resolve('late');
    });
  });
  const connected = cluster.connect().then(
    () => 'connected' as const,
    (cause: Error) => cause,
  );
  const result = await Promise.race([connected, late]);
  client.isStarting = result !== 'connected';
  if (result === 'connected') return;
  if (isLate) throw unreachable(config, client, result);
  throw startError(result, client, config);
}

/** An error of the start as one that says what to do: MR301, or see `refusal`; what is none of these as it is. */
export function startError(cause: unknown, client: Client, config: KafkaConfig): unknown {
  return refusal(cause) ?? (isUnreachable(cause) ? unreachable(config, client, cause) : cause);
}

function unreachable(config: KafkaConfig, client: Client, cause: unknown): MillraceError {
  const reason = client.lastError === null ? '' : ` The last error was: ${client.lastError}.`;
  const isClosed = (cause as { name?: string }).name === 'KafkaJSConnectionClosedError';
  const what = isClosed
    ? 'A broker closed the connection, as one does that wants TLS or a login'
    : `No broker answered within ${config.connectTimeoutMs / 1000} s`;
  return new MillraceError(
    'MR301',
    `${what}: ${config.brokers.join(', ')}.${reason} Check kafka.brokers, kafka.tls, kafka.sasl and the network; kafka.connectTimeout sets the wait.`,
    { exit: EXIT.unreachable, facts: { brokers: config.brokers }, cause },
  );
}

const isUnreachable = (cause: unknown): boolean =>
  [
    'KafkaJSConnectionError',
    'KafkaJSConnectionClosedError',
    'KafkaJSRequestTimeoutError',
    'KafkaJSNumberOfRetriesExceeded',
    'KafkaJSNoBrokerAvailableError',
  ].includes((cause as { name?: string }).name ?? '');

/** The error as one of credentials, rights or configuration, which no waiting mends; undefined when it is none of these. */
export function refusal(cause: unknown): MillraceError | undefined {
  for (
    let error = cause as
      | { name?: string; type?: string; message?: string; cause?: unknown }
      | undefined;
    error;
    error = error.cause as typeof error
  ) {
    if (
      error.name === 'KafkaJSSASLAuthenticationError' ||
      error.type === 'SASL_AUTHENTICATION_FAILED'
    ) {
      return new MillraceError(
        'MR305',
        `The broker refused the credentials: ${error.message}. Check kafka.sasl.`,
        {
          exit: EXIT.refused,
          cause,
        },
      );
    }
    if (error.type === 'GROUP_AUTHORIZATION_FAILED') {
      return new MillraceError(
        'MR306',
        'Using the consumer group is not allowed. The user needs the ACL Read on the group.',
        {
          exit: EXIT.refused,
          cause,
        },
      );
    }
    if (error.type === 'INVALID_SESSION_TIMEOUT') {
      return new MillraceError(
        'MR313',
        'The broker does not take source.sessionTimeout: it is not between its group.min.session.timeout.ms (6 s by default) and group.max.session.timeout.ms.',
        { exit: EXIT.config, cause },
      );
    }
    if (error.type === 'TOPIC_AUTHORIZATION_FAILED') {
      return new MillraceError(
        'MR307',
        'Reading a topic is not allowed. The user needs the ACL Read on it.',
        {
          exit: EXIT.refused,
          cause,
        },
      );
    }
  }
  return undefined;
}
