import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * Tells of changes of files, in one go when several come together. Folders are watched, since editors replace a file rather
 * than write it; what isn't there yet is seen when it comes.
 */
export class Watch {
  readonly #onChange: () => void;
  /** By folder: the names that matter, and the watcher. */
  readonly #folders = new Map<
    string,
    { readonly names: Set<string>; readonly watcher: FSWatcher }
  >();
  #timer: NodeJS.Timeout | null = null;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Watches these files too; absolute. A folder that can't be watched is left out. */
  add(files: readonly string[]): void {
    for (const file of files) {
      const folder = this.#folder(dirname(file));
      folder?.names.add(basename(file));
    }
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  #folder(path: string): { readonly names: Set<string> } | null {
    const known = this.#folders.get(path);
    if (known) return known;
    const names = new Set<string>();
    try {
      const watcher = watch(path, (_event, name) => {
        if (name === null || names.has(name)) this.#changed();
      });
      watcher.on('error', () => watcher.close());
      const folder = { names, watcher };
      this.#folders.set(path, folder);
      return folder;
    } catch {
      return null;
    }
  }

  #changed(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#onChange();
    }, SETTLE_MS);
  }
}

/** An editor that saves makes several changes in a row. */
const SETTLE_MS = 60;
