import { CodecError } from './codec-error.ts';

/**
 * A codec's package, loaded at its first use, since most processes never meet more than one of
 * them.
 */
export class LazyPackage<Package> {
  readonly #name: string;
  readonly #import: () => Promise<Package>;
  #loading: Promise<Package> | null = null;
  #loaded: Package | null = null;

  constructor(name: string, load: () => Promise<Package>) {
    this.#name = name;
    this.#import = load;
  }

  /** null until the first `load` has ended. */
  get loaded(): Package | null {
    return this.#loaded;
  }

  /**
   * Rejects with `MR312` when it can't be loaded, and tries again the next time: it may have been
   * installed meanwhile.
   */
  load(): Promise<Package> {
    this.#loading ??= this.#import().then(
      (loaded) => {
        this.#loaded = loaded;
        return loaded;
      },
      (cause: unknown) => {
        this.#loading = null;
        const advice = `run "npm install ${this.#name}" where Millrace is installed`;
        throw new CodecError(
          'MR312',
          `the package ${this.#name} can't be loaded: ${advice}`,
          cause,
        );
      },
    );
    return this.#loading;
  }
}
