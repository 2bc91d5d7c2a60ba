import { collides } from '../contract/collides.ts';
import { EXIT, type ExitCode, MillraceError, reportError } from '../contract/errors.ts';

/**
 * Why topics could not be created, as MR343, from what kafkajs throws: exit 78 for a topic that the brokers refuse, which is among the
 * facts, 77 when they refuse us, 69 when they didn't answer. Other errors stay what they are. `names`: topics that are there or were asked for.
 */
export function topicRefusal(cause: unknown, names: readonly string[]): unknown {
  if (!(cause instanceof Error && cause.name.startsWith('KafkaJS'))) return cause;
  const { errors = [] } = cause as { errors?: readonly Refused[] };
  const refused = errors.find(({ type }) => type !== 'TOPIC_ALREADY_EXISTS');
  if (!refused) {
    const text = `The topics could not be looked up or created: ${reportError(cause).message}.`;
    return refusal(text, EXIT.unreachable, {}, cause);
  }
  const { topic, type } = refused;
  const [why, exit] = reasonOf(refused, names);
  return refusal(`The topic ${topic} can't be created: ${why}`, exit, { topic, type }, cause);
}

/** As kafkajs has it for each topic of a request. */
interface Refused {
  readonly topic: string;
  readonly type: string;
  readonly message: string;
}

function reasonOf(
  { topic, type, message }: Refused,
  names: readonly string[],
): [why: string, exit: ExitCode] {
  const other = names.find((name) => collides(name, topic));
  if (type === 'INVALID_TOPIC_EXCEPTION' && other !== undefined) {
    return [
      `its name collides with ${other}, because Kafka takes "." and "_" for the same. Rename one of them.`,
      EXIT.config,
    ];
  }
  if (type.endsWith('AUTHORIZATION_FAILED')) {
    return [
      `${message}. Give these credentials the right to create it, or create it by hand.`,
      EXIT.refused,
    ];
  }
  return [`${message}. Correct the name or the number of partitions.`, EXIT.config];
}

const refusal = (
  text: string,
  exit: ExitCode,
  facts: Record<string, unknown>,
  cause: unknown,
): MillraceError => new MillraceError('MR343', text, { exit, facts, cause });
