import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * Every file of kafkajs that src/kafka/seam reaches into, why, and its SHA-256. When one changes, the reach has to be looked at
 * again before the sum is renewed.
 */
const REACHES: readonly {
  readonly why: string;
  readonly files: Readonly<Record<string, string>>;
}[] = [
  {
    why: 'Requests that we let it encode: their fields and the order of them.',
    files: {
      'src/protocol/requests/fetch/v11/request.js':
        'e652bb05ffab315d19dd3e75ac878d49af47182b7600f419a8d5b4633976a5cd',
      'src/protocol/requests/listOffsets/v3/request.js':
        'f24e465291a02b3bb6a13d14e1d5f7444c52c243506b7cc76d303c39d99833ef',
      'src/protocol/requests/listOffsets/v2/request.js':
        '6fb3b04f2495bc32c29a3e085844291c8c6ac5f810e8c1b9c6446fcef7fc6e28',
      'src/protocol/requests/offsetFetch/v4/request.js':
        '52a4ec5118610b1fbdda050c4d667cfa37e5fd9675fe7fd272910169685869f9',
      'src/protocol/requests/offsetFetch/v3/request.js':
        'c489d372fb3ef6954cda295ae0222de386c7319ff8ca3f49beac0c75fefe1d89',
      'src/protocol/requests/apiKeys.js':
        '3b45eaab564cb47d512fde51dffa29aa6f01d8b2124c43319d223a0d583524f6',
      'src/protocol/isolationLevel.js':
        '58c50c30e89bdec5529c1ce3eba5bf4f937a408d61a5b1814f735bf74a240f48',
    },
  },
  {
    why: 'Requests of the group protocol: they take the instance id that we put in.',
    files: {
      'src/protocol/requests/joinGroup/v5/request.js':
        'de1abd9dd5aa1a25d7d0ce77fd8f4e1c22fa0eb3ca45ca2fc295e99ff11f5e4d',
      'src/protocol/requests/syncGroup/v3/request.js':
        '89d389fde4e0276b85f8e269a18adfcf88e69132179bed2c690323049f5ebf63',
      'src/protocol/requests/heartbeat/v3/request.js':
        'b6135c590f0b9a18907afa77033db67f54800eabe738363f077c109c219f492a',
      'src/protocol/requests/leaveGroup/v3/request.js':
        'da922efba4952ab38cd4cff8b136b5676861ce980016561f5970b41fb07d3510',
    },
  },
  {
    why: 'Answers that we let it decode without its own `parse`: errors stay in them, per partition.',
    files: {
      'src/protocol/requests/listOffsets/v3/response.js':
        '754ca5e16ab5787925bd6010d41f08c3926252f1c714d2f891c55970e794145d',
      'src/protocol/requests/listOffsets/v2/response.js':
        '43180e96d147f4b4c960c072ac24679499b5907d89e28fc86268d76408dcfe6b',
      'src/protocol/requests/offsetCommit/v5/response.js':
        '0e4f8f3598f034f1b055179c2417545c68daa1d970c4f9a51dcfcec2e7c43da1',
      'src/protocol/requests/offsetCommit/v4/response.js':
        '90e4225e68bc56ea5f75be1386f339578b0910c2be3521fe2854f5ce5f009246',
      'src/protocol/requests/offsetCommit/v3/response.js':
        'fdfde3aaf1c4bee228c6e41a17e2f66891a61e191b3cada423e07efaba8c30c4',
      'src/protocol/requests/offsetCommit/v0/response.js':
        '59b789d6fc2e332275921474812b0b3ae93af6d77fb867c8fa93a9731401e254',
      'src/protocol/requests/offsetFetch/v4/response.js':
        '015308aef1c0d495cd4cda4e462e1cb6bfed3101dc2cae6026c2e9de7aa0a018',
      'src/protocol/requests/offsetFetch/v3/response.js':
        'cde358ba5e314e6b014afd2f1bbfd2a6a19905df224dd04ae5b1195be79920ac',
      'src/protocol/requests/offsetFetch/v2/response.js':
        'd3dd18414a6228d7d0dfba9ed75c57d0835157031238dab6e7a5160d27c921d2',
      'src/protocol/decoder.js': '83c43fac8d6b8ef2dcf0dfe8bc4494e84c2c94d2b59fbe41a670505a5fcba41b',
    },
  },
  {
    why: 'The encoder that our own produce request is written with.',
    files: {
      'src/protocol/encoder.js': '9977889e184a9e910e4f6098c36ec6a0ca36c183aa6ead0f24191b6aa1c9a777',
      'src/utils/long.js': 'c85b8ecea7cf07520328e3e9c3b205c4fab5b68a657e3a92c400b582a5c1aa2c',
    },
  },
  {
    why: "Names of the protocol's errors in `type`, and of kafkajs's own in `name`: what is retried, fenced or looked up anew.",
    files: {
      'src/protocol/error.js': '8911e3226a8aebddc2fffe2b2504379f966b804995dd911713c8c495c3673188',
      'src/errors.js': 'bb3e50177a7b73f4cd35b3318d50a2fc50d9e631488c6ae89669b31aee25c926',
    },
  },
  {
    why: 'The cluster that an assigner gets: we call it for our own requests, and put stand-ins into `findBroker` and `findGroupCoordinator`.',
    files: {
      'src/cluster/index.js': '3831a6845e4e9fb0de73d5ff50a3695974fb8a927acde677c524fe1c362bd57d',
      'src/cluster/brokerPool.js':
        '9994863e891ac2ab243f27f941ef87893889f53d64aa580353fafbb8d11614c6',
    },
  },
  {
    why: '`connectionPool.send`: fetches have a connection of their own, requests a deadline, `clientSideThrottleTime` delays the next one.',
    files: {
      'src/broker/index.js': '9cbea8898528c439c213080f99d86974460114f81b5034c49aeb593a0337ca90',
      'src/network/connectionPool.js':
        'ecba4ba6fc4f2a6e5f336b838b573dcca3f01fb39542530841d68691fe4957de',
      'src/network/connection.js':
        '2a993b2e74421ca6d846efd59e4ba74b11100dbe7d40d0f52ea3218e917aafdd',
      'src/network/requestQueue/index.js':
        'b55986089c14f8f7bfc377922e2e65b3e4c1e7c7af2752d3b10a75dfe9e9260c',
      'src/network/requestQueue/socketRequest.js':
        'dde28f8e26c6d17fe3383c60b2bfce27f4790ee4552ca7e73e78fdce30c6bf1d',
    },
  },
  {
    why: 'The consumer hands its cluster to the assigner at once, and its loop only beats, joins and leaves when its fetches are empty.',
    files: {
      'src/consumer/index.js': 'cdf5b3d7c67364b2b55a5c491225c08318054b515e079fa3aa7b7d9f4d8d19dd',
      'src/consumer/consumerGroup.js':
        'f3e461738585a8dc6574c647123a18afc732f81cdee4f9f7bb62e4aa1dffbfbb',
      'src/consumer/runner.js': 'fad3247df2e3ba483b94e014e5c5916fd72d7bdfc3b3dfccc5232b60da18306d',
      'src/consumer/fetcher.js': 'a9418ebe7cffdbac79408ebf176450e508420bb2cdb2ae51d79bf4ee1a244c16',
      'src/consumer/fetchManager.js':
        '9a07c96b6150d654ab47c3fe7f98a6ae9c3fc3fdf340ad8001d69dc25e3131d0',
      'src/consumer/offsetManager/index.js':
        'bd1041968ae322324ebf64d2569308db19d24f70ee5dbb72c964b43bfe85c00e',
    },
  },
];

const require = createRequire(import.meta.url);
const kafkajs = dirname(require.resolve('kafkajs/package.json'));
const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const files = REACHES.flatMap((reach) => Object.entries(reach.files));
const guarded = new Set(files.map(([file]) => file));

/** What a file of kafkajs requires by path, as paths inside the package. */
function requiredBy(file: string): string[] {
  const from = createRequire(join(kafkajs, file));
  const text = readFileSync(join(kafkajs, file), 'utf8');
  return [...text.matchAll(/require\('(\.[^']+)'\)/g)].map(([, name = '']) =>
    relative(kafkajs, from.resolve(name)),
  );
}

describe('What we rely on in kafkajs', () => {
  for (const [file, sum] of files) {
    it(`is unchanged in ${file}`, () => {
      const found = createHash('sha256')
        .update(readFileSync(join(kafkajs, file)))
        .digest('hex');
      const why = REACHES.find((reach) => file in reach.files)?.why;
      assert.equal(found, sum, `${file} has changed. We rely on it: ${why}`);
    });
  }

  it('is the version that package.json names exactly', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const installed = require('kafkajs/package.json') as { version: string };
    assert.equal(dependencies['kafkajs'], '2.2.4');
    assert.equal(installed.version, '2.2.4');
  });

  it('is guarded wherever the seam loads a file of its inside', () => {
    const text = readFileSync(join(root, 'src/kafka/seam/internals.ts'), 'utf8');
    const apis = (of: string): string[] =>
      [...text.matchAll(new RegExp(`${of}\\('(\\w+)', (\\d+)\\)`, 'g'))].map(
        ([, api, version]) =>
          `src/protocol/requests/${api}/v${version}/${of === 'requestOf' ? 'request' : 'response'}.js`,
      );
    const named = [...text.matchAll(/'kafkajs\/(src\/[\w/]+)'/g)].map(([, path]) => `${path}.js`);
    const loaded = [...apis('requestOf'), ...apis('answerOf'), ...named];
    assert.equal(loaded.length, 8);
    for (const file of loaded) assert(guarded.has(file), `${file} is not guarded`);
  });

  it('is guarded in all that the encoders and decoders of the protocol are made of', () => {
    for (const [file] of files.filter(([name]) => name.startsWith('src/protocol/'))) {
      for (const part of requiredBy(file).filter((name) => name.startsWith('src/protocol/'))) {
        assert(guarded.has(part), `${file} is made of ${part}, which is not guarded`);
      }
    }
  });
});
