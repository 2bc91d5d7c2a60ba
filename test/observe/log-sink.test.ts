import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Destination, sinkTo } from '../../src/observe/log-sink.ts';
import { MemoryOutput } from './memory-output.ts';

const ignore = (): void => {};

test('lines arrive in order', () => {
  const output = new MemoryOutput();
  const sink = sinkTo(output, ignore);
  sink.write('a\n');
  sink.write('b\n');
  assert.equal(output.text, 'a\nb\n');
  assert.equal(sink.dropped, 0);
});

test('a line that fails is dropped and counted, and the next one is tried', () => {
  const output = new MemoryOutput();
  const recovered: number[] = [];
  const sink = sinkTo(output, (dropped) => recovered.push(dropped));
  output.error = new Error('EPIPE');
  sink.write('a\n');
  sink.write('b\n');
  output.error = null;
  sink.write('c\n');
  assert.equal(output.text, 'c\n');
  assert.equal(sink.dropped, 2);
  assert.deepEqual(recovered, [2]);
});

test('an output that throws costs the line only', () => {
  const output: Destination = {
    writableLength: 0,
    on: ignore,
    write: () => {
      throw new Error('gone');
    },
  };
  const sink = sinkTo(output, ignore);
  sink.write('a\n');
  assert.equal(sink.dropped, 1);
});

test('what waits for a reader is bounded; lines past it are dropped, and the rest arrives', () => {
  const output = new MemoryOutput();
  const recovered: number[] = [];
  const sink = sinkTo(output, (dropped) => recovered.push(dropped));
  output.isStalled = true;
  const line = `${'x'.repeat(2 ** 20 - 1)}\n`;
  for (let i = 0; i < 10; i++) sink.write(line);
  assert.ok(output.writableLength <= 4 * 2 ** 20);
  assert.equal(sink.dropped, 6);
  output.drain();
  assert.equal(output.lines.length, 4);
  assert.deepEqual(recovered, [6]);
});

test('closing waits until everything is written', async () => {
  const output = new MemoryOutput();
  const sink = sinkTo(output, ignore);
  output.isStalled = true;
  sink.write('a\n');
  const closed = sink.close(60_000);
  output.drain();
  await closed;
  assert.equal(output.text, 'a\n');
});

test('closing an output that stalls ends all the same', async () => {
  const output = new MemoryOutput();
  const sink = sinkTo(output, ignore);
  output.isStalled = true;
  sink.write('a\n');
  await sink.close(1);
  assert.equal(output.text, '');
});

test('an output that is opened again and again gets one listener', () => {
  const output = new MemoryOutput();
  let listeners = 0;
  output.on = () => {
    listeners++;
  };
  for (let i = 0; i < 3; i++) sinkTo(output, ignore);
  assert.equal(listeners, 1);
});
