import { alterConfigs } from '../../../src/broker/apis/alter-configs.ts';
import { describeConfigs } from '../../../src/broker/apis/describe-configs.ts';
import { incrementalAlterConfigs } from '../../../src/broker/apis/incremental-alter-configs.ts';
import { until } from '../../support/until.ts';
import type { Talk } from './talk.ts';
import { tidy } from './tidy.ts';

const TOPIC = 2;
const BROKER = 4;
const KEYS = ['cleanup.policy', 'max.message.bytes', 'retention.ms', 'segment.ms', 'nope'];

/** Notes what is set for a topic, as soon as a change has come through. */
async function noteConfigs(talk: Talk, name: string, key: string, value: string): Promise<void> {
  const client = await talk.connect('configs');
  const resources = [{ resourceType: TOPIC, resourceName: name, configurationKeys: KEYS }];
  const ask = () => client.send(describeConfigs, 4, { resources, includeSynonyms: true });
  await until(async () => {
    const { results } = await ask();
    return (
      results[0]?.configs.some((config) => config.name === key && config.value === value) === true
    );
  });
  talk.note(`DescribeConfigs after ${key}`, tidy(await ask()));
}

export async function describedConfigs(talk: Talk): Promise<void> {
  const name = await talk.topic('configs', 1);
  const client = await talk.connect('configs');
  const ask = async (what: string, version: number, resource: object): Promise<void> => {
    const usual = { resourceType: TOPIC, resourceName: name, configurationKeys: KEYS };
    const body = { resources: [{ ...usual, ...resource }], includeSynonyms: true };
    talk.note(
      `DescribeConfigs ${version} ${what}`,
      tidy(await client.send(describeConfigs, version, body)),
    );
  };
  for (let version = 1; version <= 4; version++) await ask('of a topic', version, {});
  await ask('of nothing', 4, { resourceName: `${name}-none` });
  await ask('of a bad name', 4, { resourceName: 'a/b' });
  for (const resourceType of [0, 1, 99]) await ask(`of ${resourceType}`, 4, { resourceType });
  for (const resourceName of ['1', '9', 'x']) {
    const configurationKeys = ['node.id', 'message.max.bytes', 'socket.request.max.bytes'];
    await ask('of a broker', 4, { resourceType: BROKER, resourceName, configurationKeys });
  }
}

export async function alteredConfigs(talk: Talk): Promise<void> {
  const name = await talk.topic('altered', 1);
  const client = await talk.connect('configs');
  const ask = async (
    what: string,
    values: readonly (readonly [string, string | null])[],
    resource: object = {},
    validateOnly = false,
  ): Promise<void> => {
    const configs = values.map(([key, value]) => ({ name: key, value }));
    const resources = [{ resourceType: TOPIC, resourceName: name, configs, ...resource }];
    const answer = await client.send(alterConfigs, 2, { resources, validateOnly });
    talk.note(`AlterConfigs ${what}`, tidy(answer));
  };
  await ask('two', [
    ['retention.ms', '5000'],
    ['max.message.bytes', '2000'],
  ]);
  await ask('one', [['retention.ms', '6000']]);
  await noteConfigs(talk, name, 'retention.ms', '6000');
  await ask('wrong', [['retention.ms', 'x']], {}, true);
  await ask('unknown', [['foo', '1']], {}, true);
  await ask('null', [['retention.ms', null]], {}, true);
  await ask('of nothing', [], { resourceName: `${name}-none` }, true);
  await ask('of a bad name', [], { resourceName: 'a/b' }, true);
  await ask('of a bad type', [], { resourceType: 99 }, true);
  const twice: readonly (readonly [string, string])[] = [
    ['retention.ms', '1'],
    ['retention.ms', '2'],
  ];
  await ask('twice', twice, {}, true);
  await ask('fixed', [['num.partitions', '3']], { resourceType: BROKER, resourceName: '1' }, true);
}

export async function changedConfigs(talk: Talk): Promise<void> {
  const name = await talk.topic('changed', 1);
  const client = await talk.connect('configs');
  const ask = async (
    what: string,
    changes: readonly (readonly [string, number, string | null])[],
    resource: object = {},
    validateOnly = true,
  ): Promise<void> => {
    const configs = changes.map(([key, configOperation, value]) => {
      return { name: key, configOperation, value };
    });
    const resources = [{ resourceType: TOPIC, resourceName: name, configs, ...resource }];
    const answer = await client.send(incrementalAlterConfigs, 1, { resources, validateOnly });
    talk.note(`IncrementalAlterConfigs ${what}`, tidy(answer));
  };
  await ask('set', [['retention.ms', 0, '7000']], {}, false);
  await ask('append', [['cleanup.policy', 2, 'compact']], {}, false);
  await noteConfigs(talk, name, 'cleanup.policy', 'delete,compact');
  await ask('subtract', [['cleanup.policy', 3, 'delete']], {}, false);
  await ask('delete', [['retention.ms', 1, null]], {}, false);
  await noteConfigs(talk, name, 'retention.ms', '604800000');
  await ask('append to no list', [['retention.ms', 2, '1']]);
  await ask('subtract from no list', [['retention.ms', 3, '1']]);
  await ask('do what', [['retention.ms', 9, '1']]);
  await ask('null', [['retention.ms', 0, null]]);
  await ask('unknown', [['foo', 0, '1']]);
  await ask('wrong', [['retention.ms', 0, 'x']]);
  await ask('of nothing', [], { resourceName: `${name}-none` });
  for (const resourceName of ['1', '9', 'x']) {
    const broker = { resourceType: BROKER, resourceName };
    await ask('of a broker', [['message.max.bytes', 0, '1048589']], broker);
    await ask('fixed', [['num.partitions', 0, '9']], broker);
    await ask('wrong of a broker', [['message.max.bytes', 0, 'x']], broker);
  }
}
