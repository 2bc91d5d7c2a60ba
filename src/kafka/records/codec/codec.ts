/** One compression format. */
export interface Codec {
  /**
   * The bytes before compression, by the thread pool of libuv. Rejects with a `CodecError`: `MR310`
   * for corrupt, cut off or trailing bytes, `MR311` for more than `maxBytes`, found before the
   * memory for them is spent.
   */
  readonly expand: (bytes: Uint8Array, maxBytes: number) => Promise<Uint8Array>;
  /**
   * The same at once, on the loop, when that is at most `SMALL_BYTES`. null for all else, failures
   * and a package that isn't loaded yet included: `expand` deals with those.
   */
  readonly expandSmall: (bytes: Uint8Array) => Uint8Array | null;
  readonly compress: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/**
 * Up to here a trip to the thread pool takes more of the loop's own time (20 to 90 us) than the
 * work does: 16 KiB take 10 to 30 us, 128 KiB some 50 to 200.
 */
export const SMALL_BYTES: number = 128 * 1024;
