/** What a run with events shows: a line per event, and on a terminal a last line that follows the progress. */
export class Screen {
  readonly #startedMs = performance.now();
  readonly #isQuiet: boolean;
  readonly #isTerminal = process.stdout.isTTY === true;
  #progress = '';

  /** `isQuiet`: shows nothing. */
  constructor(isQuiet = false) {
    this.#isQuiet = isQuiet;
  }

  get seconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  say(text: string): void {
    if (this.#isQuiet) return;
    this.#clear();
    process.stdout.write(`${text}\n`);
    this.#draw();
  }

  event(text: string): void {
    this.say(`  ${this.seconds.toFixed(1).padStart(5)} s  ${text}`);
  }

  progress(done: number, total: number): void {
    if (!this.#isTerminal || this.#isQuiet) return;
    const cells = Math.floor((done / total) * BAR_CELLS);
    const bar = '#'.repeat(cells).padEnd(BAR_CELLS, '.');
    this.#clear();
    this.#progress = `  ${this.seconds.toFixed(1).padStart(5)} s  [${bar}] ${number(done)} of ${number(total)} handled`;
    this.#draw();
  }

  /** Takes the progress away. */
  end(): void {
    this.#clear();
    this.#progress = '';
  }

  #clear(): void {
    if (this.#progress !== '') process.stdout.write('\r\x1b[2K');
  }

  #draw(): void {
    if (this.#progress !== '') process.stdout.write(this.#progress);
  }
}

export const number = (value: number): string => value.toLocaleString('en-US');

const BAR_CELLS = 30;
