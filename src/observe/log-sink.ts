/**
 * Where log lines go. Logging must never hold up or end the process: a reader that stalls makes lines wait in memory up
 * to a limit, and past it, or when there is no reader any more, they are dropped and counted.
 *
 * Lines go through the stream of the process, not through writes of our own to its file descriptor: a write to a full
 * pipe from Node's thread pool keeps even process.exit waiting until somebody reads.
 */
export interface LogSink {
  /** Takes a line, its end included. Never throws. */
  write(line: string): void;
  /** Lines dropped so far. */
  readonly dropped: number;
  /** Resolves when what was taken is written, or after `capMs`. */
  close(capMs: number): Promise<void>;
}

/** What a sink needs of a stream; process.stdout fits. */
export interface Destination {
  write(text: string, done: (error?: Error | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Bytes that wait to be written. */
  readonly writableLength: number;
}

/** `onRecovered` is called when a line is written after others were dropped, with the number of those. */
export function sinkTo(destination: Destination, onRecovered: (dropped: number) => void): LogSink {
  let dropped = 0;
  let unreported = 0;
  let waiting = 0;
  let onIdle: () => void = () => {};
  keepFromThrowing(destination);

  const drop = (): void => {
    dropped++;
    unreported++;
  };
  const done = (error?: Error | null): void => {
    waiting--;
    if (error) drop();
    else if (unreported > 0) {
      const count = unreported;
      unreported = 0;
      onRecovered(count);
    }
    if (waiting === 0) onIdle();
  };
  return {
    write(line) {
      if (destination.writableLength + line.length > WAITING_MAX) return drop();
      waiting++;
      try {
        destination.write(line, done);
      } catch {
        waiting--;
        drop();
      }
    },
    get dropped() {
      return dropped;
    },
    async close(capMs) {
      if (waiting === 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, capMs);
        onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
  };
}

const guarded = new WeakSet<Destination>();

/** An error event without a listener ends the process. The callback of the write has the error already. */
function keepFromThrowing(destination: Destination): void {
  if (guarded.has(destination)) return;
  guarded.add(destination);
  destination.on('error', () => {});
}

/** Bytes that may wait for a reader. */
const WAITING_MAX = 4 * 2 ** 20;
