import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, type TestContext, test } from 'node:test';
import { CliProcess, type CliResult } from '../support/cli-process.ts';
import { projectOf } from '../support/handler-files.ts';
import { KafkaKit } from '../support/kafka-kit.ts';

const brokers = KafkaKit.brokersOfRun;

/** The end of a run whose start can't succeed: nothing was logged as running. */
async function refused(t: TestContext, args: readonly string[], cwd: string): Promise<CliResult> {
  const result = await CliProcess.result(t, ['run', ...args], { cwd });
  assert.doesNotMatch(result.stdout, /"msg":"running"/);
  return result;
}

const CONNECT_MS = 2000;

/** A project whose handler does nothing. `kafka`: the map under that key; `pipeline`: YAML under the pipeline. */
function project(
  t: TestContext,
  { kafka, source, pipeline = '', top = 'http: false' }: Record<string, string>,
): Promise<string> {
  return projectOf(t, {
    'handler.mjs': 'export default () => {};',
    'millrace.yaml': `version: 1
kafka: { ${kafka}, connectTimeout: ${CONNECT_MS}ms }
${top}
pipelines:
  orders:
    source: { ${source} }
    handler: ./handler.mjs
    ${pipeline}
`,
  });
}

describe('a start without a broker', { concurrency: 2, timeout: 30_000 }, () => {
  const source = 'topics: [orders], groupId: orders';

  /** Ends with 69 when the time is over, and says where it looked. */
  async function assertUnreachable(t: TestContext, address: string): Promise<CliResult> {
    const folder = await project(t, { kafka: `brokers: "${address}"`, source });
    const result = await refused(t, [], folder);
    assert.equal(result.code, 69, result.stdout + result.stderr);
    assert.ok(result.livedMs < CONNECT_MS + 1000, `it took ${result.livedMs} ms`);
    assert.ok(result.livedMs >= CONNECT_MS, `it gave up after ${result.livedMs} ms`);
    const lines = result.stdout.split('\n');
    // What the client says of each of its tries is for debugging, but for the first; a broker that keeps silent gives it nothing to say.
    assert.ok(lines.filter((line) => line.includes('kafka client')).length <= 1, result.stdout);
    const fatal = lines.find((line) => line.includes('"level":"fatal"'));
    assert.ok(fatal, result.stdout);
    const { code, msg } = JSON.parse(fatal) as { code: string; msg: string };
    assert.equal(code, 'MR301');
    for (const part of [address, '2 s', 'kafka.connectTimeout']) assert.ok(msg.includes(part), msg);
    return result;
  }

  test('ends with 69 when nothing listens there', async (t) => {
    await assertUnreachable(t, '127.0.0.1:1');
  });

  test('ends with 69 when the name has no address', async (t) => {
    const { stdout } = await assertUnreachable(t, 'kafka.invalid:9092');
    assert.match(stdout, /ENOTFOUND|EAI_AGAIN/);
  });

  test('ends with 69 when what listens there never says a word', async (t) => {
    const server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    await assertUnreachable(t, `127.0.0.1:${(server.address() as { port: number }).port}`);
  });

  test('ends with 69 when what listens there speaks something else', async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    await assertUnreachable(t, `127.0.0.1:${(server.address() as { port: number }).port}`);
  });
});

describe('a start that the configuration keeps from succeeding', {
  skip: brokers === null && 'no Kafka: set KAFKA_BROKERS',
  concurrency: 2,
  timeout: 60_000,
}, () => {
  let kit: KafkaKit;
  before(async () => {
    kit = await KafkaKit.connect(brokers as string);
  });
  after(() => kit.close());

  const kafka = `brokers: "${brokers}"`;

  /** Ends with 78 and names the place, the cause and what to do. */
  async function assertConfig(
    t: TestContext,
    folder: string,
    place: string,
    texts: readonly RegExp[],
  ): Promise<void> {
    const { code, stdout, stderr } = await refused(t, [], folder);
    assert.equal(code, 78, stdout + stderr);
    assert.ok(!stdout.includes('kafka client'), stdout);
    assert.ok(stderr.includes(place), stderr);
    for (const text of texts) assert.match(stderr, text);
  }

  test('names the source topic that does not exist, and what to do', async (t) => {
    const folder = await project(t, { kafka, source: 'topics: [no-such-topic], groupId: g' });
    await assertConfig(t, folder, 'millrace.yaml:6:23', [
      /MR303/,
      /no-such-topic does not exist/,
      /[Cc]reate it/,
    ]);
  });

  test('names the sink topic that does not exist, and what to do', async (t) => {
    const topic = await kit.topic(1);
    const folder = await project(t, {
      kafka,
      source: `topics: [${topic}], groupId: ${topic}-g`,
      pipeline: 'sink: { topic: no-such-sink }',
    });
    await assertConfig(t, folder, 'millrace.yaml:8:20', [
      /MR340/,
      /no-such-sink does not exist/,
      /[Cc]reate it/,
    ]);
  });

  test('names the partition that does not exist', async (t) => {
    const topic = await kit.topic(2);
    const folder = await project(t, {
      kafka,
      source: `topics: [${topic}], groupId: ${topic}-g, partitions: { ${topic}: [0, 2] }`,
    });
    await assertConfig(t, folder, 'millrace.yaml:6:', [/MR308/, /has 2 partitions/]);
  });

  test('names the handler that does not load, with the line that is to blame', async (t) => {
    const topic = await kit.topic(1);
    const source = `topics: [${topic}], groupId: ${topic}-g`;
    const folder = await projectOf(t, {
      'handler.ts': 'export default () => {\n  const a = ;\n};\n',
      'millrace.yaml': `version: 1\nkafka: { ${kafka} }\nhttp: false\npipelines:\n  orders:\n    source: { ${source} }\n    handler: ./handler.ts\n`,
    });
    await assertConfig(t, folder, 'millrace.yaml:7:14', [/MR201/, /handler\.ts:2:13/]);
  });

  test('names the handler whose module throws, and its message', async (t) => {
    const topic = await kit.topic(1);
    const source = `topics: [${topic}], groupId: ${topic}-g`;
    const folder = await projectOf(t, {
      'handler.mjs': "throw new Error('no licence');\n",
      'millrace.yaml': `version: 1\nkafka: { ${kafka} }\nhttp: false\npipelines:\n  orders:\n    source: { ${source} }\n    handler: ./handler.mjs\n`,
    });
    await assertConfig(t, folder, 'millrace.yaml:7:14', [/MR202/, /no licence/]);
  });

  test('names the handler whose module ends its thread', async (t) => {
    const topic = await kit.topic(1);
    const source = `topics: [${topic}], groupId: ${topic}-g`;
    const folder = await projectOf(t, {
      'handler.mjs': 'process.exit(3);\n',
      'millrace.yaml': `version: 1\nkafka: { ${kafka} }\nhttp: false\npipelines:\n  orders:\n    source: { ${source} }\n    handler: ./handler.mjs\n`,
    });
    await assertConfig(t, folder, 'millrace.yaml:7:14', [/MR203/, /exited with code: 3/]);
  });

  test('names the port that is taken', async (t) => {
    const topic = await kit.topic(1);
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const folder = await project(t, {
      kafka,
      source: `topics: [${topic}], groupId: ${topic}-g`,
      top: `http: { port: ${port} }`,
    });
    await assertConfig(t, folder, 'millrace.yaml:3:15', [/MR510/, new RegExp(String(port))]);
  });
});

describe('a configuration that is wrong', { concurrency: 2, timeout: 30_000 }, () => {
  const SECRET = 'correct-horse-battery';
  const good = {
    kafka: 'brokers: "127.0.0.1:1"',
    source: 'topics: [orders], groupId: orders',
  };
  const wrong: readonly {
    readonly name: string;
    readonly kafka?: string;
    readonly source?: string;
    readonly pipeline?: string;
    readonly at: string;
    readonly text: RegExp;
  }[] = [
    {
      name: 'an unknown key',
      source: 'topics: [orders], groupID: orders',
      at: '6:33',
      text: /groupId/,
    },
    { name: 'a value out of range', pipeline: 'timeout: 0ms', at: '8:14', text: /timeout/ },
    {
      name: 'a password in the wrong place',
      kafka: `brokers: "127.0.0.1:1", password: ${SECRET}`,
      at: '2:34',
      text: /password/,
    },
    {
      name: 'a password of the wrong mechanism',
      kafka: `brokers: "127.0.0.1:1", sasl: { mechanism: magic, username: u, password: ${SECRET} }`,
      at: '2:53',
      text: /mechanism/,
    },
    { name: 'a duplicate key', pipeline: 'handler: ./other.mjs', at: '8:5', text: /handler/ },
    {
      name: 'a missing variable',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the configuration's own notation.
      pipeline: 'timeout: ${NO_SUCH_VARIABLE:?set it}',
      at: '8:14',
      text: /set it/,
    },
  ];

  for (const { name, at, text, ...parts } of wrong) {
    test(`ends with 78 within a second, names the place and no secret: ${name}`, async (t) => {
      const folder = await project(t, { ...good, ...parts });
      const { code, stdout, stderr, livedMs } = await refused(t, [], folder);
      assert.equal(code, 78, stdout + stderr);
      assert.ok(livedMs < 1000, `it took ${livedMs} ms`);
      assert.ok(stderr.includes(`millrace.yaml:${at}`), stderr);
      assert.match(stderr, text);
      assert.doesNotMatch(stdout + stderr, new RegExp(SECRET));
    });
  }
});

describe('a command line that is wrong', { concurrency: 2, timeout: 30_000 }, () => {
  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no command', [], /Usage/],
    ['an unknown command', ['runn'], /There is no command "runn". Did you mean "run"\?/],
    ['an unknown option', ['run', '--frob'], /--frob/],
    ['an argument too many', ['run', 'now'], /takes no argument "now"/],
    ['a duration that is none', ['run', '--until-idle', 'soon'], /--until-idle takes a duration/],
    ['a level that is none', ['run', '--log-level', 'loud'], /--log-level is one of/],
    ['a file without a name', ['run', '--config', ''], /--config takes the name of a file/],
    ['an empty id', ['run', '--only', 'one,'], /--only takes ids .* one in "one," is empty/],
    ['an option without its value', ['run', '--config'], /config/],
  ];
  for (const [name, args, text] of wrong) {
    test(`ends with 2 and says where help is: ${name}`, async (t) => {
      const { code, stdout, stderr } = await CliProcess.result(t, args);
      assert.equal(code, 2);
      assert.match(stdout + stderr, text);
      assert.match(stdout + stderr, /--help/);
    });
  }
});
