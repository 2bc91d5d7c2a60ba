import { closeSync, openSync, readSync } from 'node:fs';

/** A text file that others append whole lines to, read on as it grows. Made when it isn't there. */
export class LineTail {
  readonly #fd: number;
  readonly #onLine: (line: string, index: number) => void;
  readonly #buffer = Buffer.allocUnsafe(2 ** 18);
  #rest = '';
  #lines = 0;
  #read = 0;

  /** `onLine` gets each line with its place among all of them, from 0. Lines are single-byte text. */
  constructor(file: string, onLine: (line: string, index: number) => void) {
    this.#fd = openSync(file, 'a+');
    this.#onLine = onLine;
  }

  /** Lines so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Reads what was appended since. */
  read(): void {
    for (;;) {
      const bytes = readSync(this.#fd, this.#buffer, 0, this.#buffer.byteLength, this.#read);
      if (bytes === 0) return;
      this.#read += bytes;
      const lines = (this.#rest + this.#buffer.toString('latin1', 0, bytes)).split('\n');
      this.#rest = lines.pop() as string;
      for (const line of lines) this.#onLine(line, this.#lines++);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}
