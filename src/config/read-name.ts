/** Names of things elsewhere: topics, members, brokers, files and handler modules. */
import { accessSync, constants, statSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { resolve } from 'node:path';
import { shown } from './describe.ts';
import { type HandlerName, parseHandler } from './handler-name.ts';
import type { Issues } from './issue.ts';
import { type Report, textOf } from './read-text.ts';
import { isTopicName } from './topic.ts';
import type { ScalarNode } from './tree.ts';

export function readTopic(node: ScalarNode, report: Report): string | undefined {
  const text = textOf(node, 'a topic name', false, report);
  if (text === undefined || isTopicName(text)) return text;
  return report(
    'topicName',
    `${shown(node)} is not a topic name`,
    'use 1 to 249 of a-z A-Z 0-9 . _ - and not . or .. alone',
  );
}

/** Empty is none. Kafka has the rule of topic names for it (JoinGroupRequest.validateGroupInstanceId). */
export function readInstanceId(node: ScalarNode, report: Report): string | undefined {
  const text = textOf(node, 'an instance id', false, report);
  if (text === undefined || text === '' || isTopicName(text)) return text;
  return report(
    'instanceId',
    `${shown(node)} is not an instance id`,
    'use 1 to 249 of a-z A-Z 0-9 . _ - and not . or .. alone, or "" for none',
  );
}

export function readBroker(node: ScalarNode, report: Report, issues: Issues): string | undefined {
  const text = textOf(node, 'host:port', false, report)?.trim();
  if (text === undefined) return undefined;
  if (text.includes('@')) {
    issues.hide(node.spot);
    return report(
      'broker',
      'a broker address has no user and password',
      'write host:port, and log in with kafka.sasl',
    );
  }
  const { host, port } = addressOf(text);
  const isPort = /^[0-9]{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535;
  if (isPort && text === `${host}:${port}`) return text;
  const hint = host === '' ? 'for example localhost:9092' : `write ${host}:${isPort ? port : 9092}`;
  return report('broker', `expected host:port, got ${shown(node)}`, hint);
}

/** What of the text is the host, an IPv6 address in brackets, and what the port; an empty host when there is none to find. */
function addressOf(text: string): { host: string; port: string } {
  const [, bare = ''] = /^(?:[a-z_+-]+:\/\/)?(.*?)\/?$/is.exec(text) ?? [];
  const [, inside = '', its = ''] = /^\[([^\]]*)\](?::([0-9]*))?$/.exec(bare) ?? [];
  if (isIPv6(inside)) return { host: `[${inside}]`, port: its };
  // Without brackets a port of Kafka's looks like one more part of the address.
  const [, before = '', after = ''] = /^(.+):([0-9]{4,5})$/.exec(bare) ?? [];
  if (isIPv6(before)) return { host: `[${before}]`, port: after };
  if (isIPv6(bare)) return { host: `[${bare}]`, port: '' };
  const [, host = '', port = ''] = /^([A-Za-z0-9._-]{1,253})(?::([0-9]*))?$/.exec(bare) ?? [];
  return { host, port };
}

export function readPath(node: ScalarNode, report: Report): string | undefined {
  const text = textOf(node, 'the path of a file', false, report);
  if (text === undefined) return undefined;
  const path = resolve(node.spot.source.folder, text);
  try {
    if (!statSync(path).isFile())
      return report('fileUnreadable', `${shown(node)} is not a regular file`);
    accessSync(path, constants.R_OK);
    return path;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code !== 'EACCES';
    if (isMissing) return report('fileMissing', `file ${shown(node)} does not exist`);
    return report('fileUnreadable', `file ${shown(node)} may not be read by this user`);
  }
}

export function readHandler(node: ScalarNode, report: Report): HandlerName | undefined {
  const text = textOf(node, './file.ts or ./file.ts#exportName', false, report);
  if (text === undefined) return undefined;
  const parsed = parseHandler(text);
  return 'why' in parsed
    ? report('handlerPath', `${shown(node)} ${parsed.why}`, parsed.hint)
    : parsed;
}
