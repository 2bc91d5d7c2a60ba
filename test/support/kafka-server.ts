import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * A real Apache Kafka on this machine's loopback, in KRaft mode, from the jars that Maven brings. For tests and the bench; needs a
 * JDK 17 or later and Maven. The jars are kept in ~/.cache/millrace-kafka, or where KAFKA_LIBS says.
 */
export class KafkaServer {
  readonly #nodes: Node[];
  readonly #folder: string;

  private constructor(nodes: Node[], folder: string) {
    this.#nodes = nodes;
    this.#folder = folder;
  }

  /** Whether this machine has what it takes. */
  static async isPossible(): Promise<boolean> {
    const tools = [
      ['java', '-version'],
      ['mvn', '--version'],
    ] as const;
    const found = await Promise.all(
      tools.map(([tool, flag]) =>
        run(tool, [flag]).then(
          () => true,
          () => false,
        ),
      ),
    );
    return found.every((isThere) => isThere);
  }

  /** Starts `brokers` nodes, each broker and controller, and resolves when all answer. */
  static async start(brokers = 1): Promise<KafkaServer> {
    const libs = await jars();
    const folder = await mkdtemp(join(tmpdir(), 'millrace-kafka-'));
    await writeFile(join(folder, 'log4j2.yaml'), LOG4J);
    const ports = await freePorts(brokers * 2);
    const { stdout } = await run('java', [
      '-cp',
      `${libs}/*`,
      'kafka.tools.StorageTool',
      'random-uuid',
    ]);
    const nodes = Array.from({ length: brokers }, (_, i) => new Node(i + 1, folder, libs, ports));
    for (const node of nodes) await node.format(stdout.trim());
    const server = new KafkaServer(nodes, folder);
    await Promise.all(nodes.map((node) => node.start()));
    return server;
  }

  /** `host:port` of each broker, joined by commas. */
  get brokers(): string {
    return this.#nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
  }

  /** SIGKILL to broker `number`, counted from 1. */
  kill(number: number): Promise<void> {
    return this.#node(number).end('SIGKILL');
  }

  /** Freezes broker `number`: its connections stay open and say nothing. `thaw` lets it go on. */
  freeze(number: number): void {
    this.#node(number).signal('SIGSTOP');
  }

  thaw(number: number): void {
    this.#node(number).signal('SIGCONT');
  }

  /** SIGTERM to broker `number`: it hands over what it leads before it ends. */
  shutDown(number: number): Promise<void> {
    return this.#node(number).end('SIGTERM');
  }

  /** Starts a broker again that was killed or shut down. */
  restart(number: number): Promise<void> {
    return this.#node(number).start();
  }

  /** Ends all brokers and removes their data. */
  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.end('SIGTERM')));
    await rm(this.#folder, { recursive: true, force: true });
  }

  #node(number: number): Node {
    const node = this.#nodes[number - 1];
    if (!node) throw new RangeError(`There is no broker ${number}.`);
    return node;
  }
}

class Node {
  readonly port: number;
  readonly #id: number;
  readonly #folder: string;
  readonly #libs: string;
  readonly #properties: string;
  #child: ChildProcess | null = null;

  /** `ports`: two per node, of which the first is the broker's. */
  constructor(id: number, folder: string, libs: string, ports: readonly number[]) {
    this.#id = id;
    this.#folder = folder;
    this.#libs = libs;
    this.port = ports[(id - 1) * 2] as number;
    this.#properties = properties(id, folder, ports);
  }

  get #file(): string {
    return join(this.#folder, `${this.#id}.properties`);
  }

  async format(clusterId: string): Promise<void> {
    await writeFile(this.#file, this.#properties);
    await this.#java(['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', this.#file]);
  }

  async start(): Promise<void> {
    const log = `file:${join(this.#folder, 'log4j2.yaml')}`;
    const options = ['-Xmx512m', `-Dlog4j2.configurationFile=${log}`, '-cp', `${this.#libs}/*`];
    const child = spawn('java', [...options, 'kafka.Kafka', this.#file], { stdio: 'ignore' });
    this.#child = child;
    await Promise.race([answers(this.port), once(child, 'exit').then(() => failed(this.#id))]);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  async #java(args: readonly string[]): Promise<void> {
    await run('java', ['-cp', `${this.#libs}/*`, ...args]);
  }
}

const run = promisify(execFile);

function failed(id: number): never {
  throw new Error(`Kafka node ${id} ended while it started.`);
}

/** Folder with Kafka's jars, fetched once. */
async function jars(): Promise<string> {
  const libs = process.env['KAFKA_LIBS'] ?? join(homedir(), '.cache', 'millrace-kafka', VERSION);
  const mark = join(libs, '.complete');
  if (
    await access(mark).then(
      () => true,
      () => false,
    )
  )
    return libs;
  await mkdir(libs, { recursive: true });
  const pom = fileURLToPath(new URL('../../../test/support/kafka/pom.xml', import.meta.url));
  await run('mvn', [
    '-q',
    '-B',
    '-f',
    pom,
    'dependency:copy-dependencies',
    `-DoutputDirectory=${libs}`,
  ]);
  await writeFile(mark, '');
  return libs;
}

function properties(id: number, folder: string, ports: readonly number[]): string {
  const count = ports.length / 2;
  const replicas = Math.min(3, count);
  const voters = Array.from({ length: count }, (_, i) => `${i + 1}@127.0.0.1:${ports[i * 2 + 1]}`);
  const [broker, controller] = ports.slice((id - 1) * 2);
  return `process.roles=broker,controller
node.id=${id}
controller.quorum.voters=${voters.join(',')}
listeners=PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=${join(folder, `data-${id}`)}
offsets.topic.replication.factor=${replicas}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=${replicas}
transaction.state.log.min.isr=${replicas > 1 ? 2 : 1}
share.coordinator.state.topic.replication.factor=${replicas}
share.coordinator.state.topic.min.isr=${replicas > 1 ? 2 : 1}
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
num.partitions=4
default.replication.factor=${replicas}
`;
}

/** Ports that are free at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** Resolves when something listens on the port; a JVM takes a second or two. */
async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 240; tries++) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await delay(250);
  }
  throw new Error(`Nothing listens on port ${port}.`);
}

const VERSION = '4.1.1';
const LOG4J = `Configuration:
  Appenders: {Console: {name: C, PatternLayout: {pattern: "%d %p %m%n"}}}
  Loggers: {Root: {level: warn, AppenderRef: [{ref: C}]}}
`;
