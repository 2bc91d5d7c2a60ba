import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UsageError } from '../../src/cli/arguments.ts';
import { commandHelp, commandNamed, generalHelp } from '../../src/cli/commands.ts';

/** Names in the list of the general help. */
const names = [...generalHelp().matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name as string);

test('every command of the help can be loaded and has a help of its own', async () => {
  assert.ok(names.includes('run') && names.includes('validate'));
  for (const name of names) {
    const command = commandNamed(name);
    assert.equal(typeof (await command.load()).run, 'function', name);
    const help = commandHelp(name);
    assert.ok(help.includes(command.usage));
    for (const [option] of command.options) assert.ok(help.includes(option), `${name} ${option}`);
  }
});

test('a command that there is not is refused with the nearest name, if one is near', () => {
  const refusal = (name: string): string => {
    try {
      commandNamed(name);
    } catch (error) {
      assert.ok(error instanceof UsageError);
      return error.message;
    }
    return assert.fail(`${name} is a command`);
  };
  assert.equal(refusal('valdate'), 'There is no command "valdate". Did you mean "validate"?');
  assert.equal(refusal('xyzzy'), 'There is no command "xyzzy".');
  for (const name of ['__proto__', 'constructor', '', 'RUN'])
    assert.match(refusal(name), /^There is no command/);
});
