import type { MessageFormatFunc } from 'pino-pretty';

/**
 * Lines for people: time, level, pipeline, message, and the fields that matter, on one line; an error that needs work
 * also shows its stack. `hasColor`: whether the terminal shows colours.
 */
export async function prettyFormat(hasColor: boolean): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  return prettyFactory({
    colorize: hasColor,
    translateTime: 'SYS:HH:MM:ss.l',
    hideObject: true,
    messageFormat: messageOf,
  });
}

const messageOf: MessageFormatFunc = (log, messageKey) => {
  const { pipeline, topic, partition, offset, error, ...rest } = log;
  const head = [textOf(pipeline), textOf(log[messageKey])];
  const place = placeOf(topic, partition, offset);
  const fields = Object.entries(rest)
    .filter(([name]) => !HIDDEN.includes(name) && name !== messageKey)
    .map(([name, value]) => `${name}=${oneLine(textOf(value))}`);
  const words = [...head, place, errorText(error), ...fields].filter((word) => word !== '');
  return [words.map(oneLine).join(' '), ...stackOf(log['level'], error)].join('\n');
};

function placeOf(topic: unknown, partition: unknown, offset: unknown): string {
  if (topic === undefined) return '';
  const name = partition === undefined ? textOf(topic) : `${textOf(topic)}/${textOf(partition)}`;
  return offset === undefined ? name : `${name}@${textOf(offset)}`;
}

function errorText(error: unknown): string {
  if (!isObject(error)) return textOf(error);
  const name = textOf(error['name']);
  return name === '' ? textOf(error['message']) : `${name}: ${textOf(error['message'])}`;
}

/** The frames of a stack, for errors that stay until somebody acts. */
function stackOf(level: unknown, error: unknown): string[] {
  if ((level !== 'error' && level !== 'fatal') || !isObject(error)) return [];
  const frames = textOf(error['stack']).split('\n');
  return frames.filter((line) => /^\s+at /.test(line)).slice(0, FRAMES_MAX);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value, withoutStacks) : String(value);
}

const withoutStacks = (name: string, value: unknown): unknown =>
  name === 'stack' ? undefined : value;

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ');

const HIDDEN = ['level', 'time'];
const FRAMES_MAX = 8;
