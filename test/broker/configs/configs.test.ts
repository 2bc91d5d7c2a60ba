import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Configs, topicDefinition } from '../../../src/broker/configs/configs.ts';

const none: ReadonlyMap<string, string> = new Map();

test('a broker config is what it was started with, or else its default', () => {
  const configs = new Configs({ 'num.partitions': '7' });
  assert.equal(configs.number('num.partitions'), 7);
  assert.equal(configs.number('group.initial.rebalance.delay.ms'), 3000);
  assert.equal(configs.isOn('auto.create.topics.enable'), true);
});

test('what a broker is started with must be known and fit', () => {
  assert.throws(() => new Configs({ 'num.partition': '7' }), /no config "num.partition"/);
  assert.throws(() => new Configs({ 'num.partitions': 'x' }), /Not a number/);
  assert.throws(() => new Configs({}).text('nope'), TypeError);
});

test('a topic has its own value, or that of the broker config behind it', () => {
  const configs = new Configs({ 'message.max.bytes': '5000' });
  assert.equal(configs.topicText(none, 'max.message.bytes'), '5000');
  assert.equal(configs.topicText(new Map([['max.message.bytes', '9']]), 'max.message.bytes'), '9');
});

test('all values of a config are told from the narrowest place to the widest', () => {
  const configs = new Configs({ 'message.max.bytes': '5000' });
  configs.ofBroker('').set('message.max.bytes', '6000');
  configs.ofBroker('1').set('message.max.bytes', '7000');
  const definition = topicDefinition('max.message.bytes');
  assert.ok(definition !== undefined);
  const own = new Map([['max.message.bytes', '8000']]);
  assert.deepEqual(configs.topicValues(definition, own, '1'), [
    { name: 'max.message.bytes', value: '8000', source: 1 },
    { name: 'message.max.bytes', value: '7000', source: 2 },
    { name: 'message.max.bytes', value: '6000', source: 3 },
    { name: 'message.max.bytes', value: '5000', source: 4 },
    { name: 'message.max.bytes', value: '1048588', source: 5 },
  ]);
});

test('a config that no broker has stands alone', () => {
  const definition = topicDefinition('retention.ms');
  assert.ok(definition !== undefined);
  assert.deepEqual(new Configs({}).topicValues(definition, none, '1'), [
    { name: 'retention.ms', value: '604800000', source: 5 },
  ]);
});
