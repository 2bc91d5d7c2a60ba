import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CliProcess } from '../support/cli-process.ts';
import { linkApi } from '../support/handler-files.ts';
import { WitnessFile } from '../support/witness-file.ts';

/** A pipeline in a folder of its own: configuration, handler, and the file that the handler writes what it saw into. */
export class Scene {
  readonly folder: string;
  readonly witnessFile: string;
  readonly config: string;
  readonly #processes: CliProcess[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.witnessFile = join(folder, 'witness.txt');
    this.config = join(folder, 'millrace.yaml');
  }

  /**
   * `keys`: YAML under the pipeline, two spaces deep, without source, handler and options; `options`: for the handler; `top`: YAML
   * at the top level. `topic`: one, several with commas between them, or a /pattern/. With `t`, the scene closes at the end of
   * that test, however it ends.
   */
  static async open(
    setting: {
      brokers: string;
      topic: string;
      group: string;
      handler?: string;
      options?: Record<string, unknown>;
      source?: string;
      keys?: string;
      top?: string;
      http?: string;
      deserialize?: string;
    },
    t?: TestContext,
  ): Promise<Scene> {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-scene-'));
    const scene = new Scene(folder);
    t?.after(() => scene.close());
    await linkApi(folder);
    const { handler = 'witness.mjs' } = setting;
    await copyFile(fileURLToPath(new URL(handler, HANDLERS)), join(folder, handler));
    await writeFile(scene.witnessFile, '');
    const options = JSON.stringify({ file: scene.witnessFile, ...setting.options });
    await writeFile(
      scene.config,
      `version: 1
kafka: { brokers: "${setting.brokers}" }
http: ${setting.http ?? 'false'}
${setting.top ?? ''}
pipelines:
  scene:
    source:
      topics: ${setting.topic.startsWith('/') ? setting.topic : `[${setting.topic}]`}
      groupId: ${setting.group}
${indent(setting.source ?? '', 6)}
    deserialize: ${setting.deserialize ?? '{ key: string, value: string }'}
    handler: ./${handler}
    options: ${options}
${indent(setting.keys ?? '', 4)}
`,
    );
    return scene;
  }

  /** Starts a member. */
  run(...args: string[]): CliProcess {
    const process = new CliProcess(['run', '-c', this.config, ...args]);
    this.#processes.push(process);
    return process;
  }

  /** What the handlers have seen so far. */
  get witness(): WitnessFile {
    return new WitnessFile(this.witnessFile);
  }

  /** Ends what still runs and removes the folder. */
  async close(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.kill()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

const HANDLERS = new URL('../../../test/integration/handlers/', import.meta.url);

const indent = (text: string, by: number): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => ' '.repeat(by) + line)
    .join('\n');
