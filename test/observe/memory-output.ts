import type { Destination } from '../../src/observe/log-sink.ts';

/** An output that keeps what is written to it; `fail` makes writes fail, `stall` keeps them waiting. */
export class MemoryOutput implements Destination {
  text = '';
  writableLength = 0;
  error: Error | null = null;
  isStalled = false;
  readonly #waiting: (() => void)[] = [];

  write(text: string, done: (error?: Error | null) => void): boolean {
    const end = (): void => {
      this.writableLength -= text.length;
      if (!this.error) this.text += text;
      done(this.error);
    };
    this.writableLength += text.length;
    if (this.isStalled) this.#waiting.push(end);
    else end();
    return true;
  }

  on(): void {}

  /** Lets what waits be written. */
  drain(): void {
    this.isStalled = false;
    for (const end of this.#waiting.splice(0)) end();
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  /** The lines as the JSON that they hold. */
  get objects(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
