import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** The records of the demo: the flights of the example, keyed by their origin. See examples/flights/README.md for the source. */
export async function flights(): Promise<{ key: Buffer; value: Buffer }[]> {
  const packed = await readFile(FILE);
  const all = JSON.parse(String(await promisify(gunzip)(packed))) as readonly { origin: string }[];
  return all.map((flight) => ({
    key: Buffer.from(flight.origin),
    value: Buffer.from(JSON.stringify(flight)),
  }));
}

const FILE = new URL('../../../../examples/flights/flights-20k.json.gz', import.meta.url);
