import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, parse, UsageError } from '../../src/cli/arguments.ts';

const options = { config: { type: 'string', short: 'c', multiple: true } } as const;

const usage = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UsageError);
  assert.match(error.message, text);
  assert.match(error.hint, /millrace run --help/);
  return true;
};

test('options that repeat are kept in their order', () => {
  const { values } = parse('run', ['-c', 'a', '--config', 'b', '--config=c'], options);
  assert.deepEqual(values.config, ['a', 'b', 'c']);
});

test('an option that there is not, or that lacks its value, is refused in one sentence', () => {
  assert.throws(() => parse('run', ['--frob'], options), usage(/^Unknown option '--frob'\.$/));
  assert.throws(() => parse('run', ['-c'], options), usage(/^Option '-c, --config <value>'.*\.$/));
});

test('an argument is refused unless the command takes some', () => {
  assert.throws(() => parse('run', ['now'], options), usage(/takes no argument "now"/));
  assert.deepEqual(parse('run', ['now'], options, true).positionals, ['now']);
});

test('what follows -- is an argument, whatever it looks like', () => {
  assert.deepEqual(parse('run', ['--', '--config'], options, true).positionals, ['--config']);
});

test('a duration is a whole number with its unit', () => {
  const of = (text: string): number => duration('run', '--until-idle', text);
  assert.deepEqual(
    ['250ms', '5s', '2m', '1h', '1d', '0s'].map(of),
    [250, 5000, 120_000, 3_600_000, 86_400_000, 0],
  );
  for (const text of ['', '5', 's', '-1s', '1.5s', ' 1s', '1S', '1w', '99999999999d', '25d'])
    assert.throws(() => of(text), usage(/--until-idle takes a duration/), text);
});
