import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { canonicalJson, specHash } from '../../src/manifest/hash.js';
import { jobUuid, token, uuidV5 } from '../../src/manifest/identity.js';
import { readManifestText } from '../../src/manifest/read.js';
import { contextOf, FILE } from './support.js';

type Keys = Readonly<Record<string, unknown>>;

const BASE: Keys = {
  destination_cluster: 'hercules',
  setup: 'module load GCC',
  compilation: ['make'],
  execution: ['srun ./a', './b'],
  output: ['a.txt', { path: 'core.*', optional: true }],
  resources: { duration: '1h', nbr_processes: 2, sbatch_options: { qos: 'long', account: 'x' } },
  environment: { A: '1', B: '2' },
  per_cluster: { lemaitre3: { resources: { partition: 'batch' } }, hercules: { setup: [] } },
  kwargs: { b: [1, { d: 1, c: 2 }], a: null },
};

function hashOf(text: string, file = FILE): string {
  const { manifests, problems } = readManifestText(file, text, contextOf());
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  return specHash(manifests[0]?.execution ?? {}, {});
}

const hash = (keys: Keys): string => hashOf(stringify(keys));
const REFERENCE = hash(BASE);

function shuffled(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, seed));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner, seed)] as const);
  const turn = seed % Math.max(1, entries.length);
  const turned = [...entries.slice(turn), ...entries.slice(0, turn)];
  return Object.fromEntries(seed % 2 === 0 ? turned : turned.reverse());
}

describe('what changes no hash', () => {
  it('the order of keys, comments, CRLF line ends, the style and the file', () => {
    fc.assert(
      fc.property(
        fc.nat(50),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        fc.stringMatching(/^[a-z]{1,8}$/),
        (seed, crlf, comments, flow, name) => {
          const style = flow ? { collectionStyle: 'flow' as const } : {};
          const plain = stringify(shuffled(BASE, seed), { ...style, lineWidth: 0 });
          const commented = comments ? `# ${name}\n${plain}# ${name}\n` : plain;
          const text = crlf ? commented.replaceAll('\n', '\r\n') : commented;
          expect(hashOf(text, `/project/jobs.d/${name}/${name}.yml`)).toBe(REFERENCE);
        },
      ),
    );
  });

  it.each<[string, Keys]>([
    ['name', { name: 'other' }],
    ['previously', { previously: 'other' }],
    ['run', { run: 'r2' }],
    ['username', { username: 'jane' }],
    ['private_key', { private_key: '~/k' }],
    ['passphrase', { passphrase: { env: 'P' } }],
    ['user_mail', { user_mail: 'a@b.org' }],
    ['destination_cluster', { destination_cluster: ['lemaitre3', 'hercules'] }],
    ['alternates', { alternates: 'none' }],
    ['labels', { labels: { a: 'b' } }],
    ['suspend', { suspend: true }],
    ['retry', { retry: { attempts: 3 } }],
    ['on_edit', { on_edit: 'replace' }],
    ['on_delete', { on_delete: 'cancel' }],
    ['on_cluster_lost', { on_cluster_lost: 'failover' }],
    ['depends_on', { depends_on: ['x'] }],
    [
      'another way to write the same duration',
      { resources: { ...(BASE['resources'] as Keys), duration: '60m' } },
    ],
    ['a list of one for a scalar', { setup: ['module load GCC'] }],
    ['a scalar for a list of one', { compilation: 'make' }],
    ['keys without a value', { requirements: null, labels: null, modules: null }],
  ])('%s', (_, keys) => {
    expect(hash({ ...BASE, ...keys })).toBe(REFERENCE);
  });
});

describe('what changes it', () => {
  it.each<[string, Keys]>([
    ['setup', { setup: 'module load foss' }],
    ['requirements', { requirements: 'pip install x' }],
    ['compilation', { compilation: 'make all' }],
    ['the order of commands', { execution: ['./b', 'srun ./a'] }],
    ['output', { output: 'a.txt' }],
    ['resources', { resources: { duration: '2h' } }],
    [
      'a default that is written out',
      { resources: { ...(BASE['resources'] as Keys), nbr_threads_per_process: 1 } },
    ],
    ['environment', { environment: { A: '1' } }],
    ['per_cluster', { per_cluster: {} }],
    ['kwargs', { kwargs: {} }],
    ['modules', { modules: { staging: [{ module: 'm.py', execution: 'a' }] } }],
    ['prepare_on', { prepare_on: 'login' }],
    ['job', { job: 'https://example.org/a.git' }],
  ])('%s', (_, keys) => {
    expect(hash({ ...BASE, ...keys })).not.toBe(REFERENCE);
  });

  it('the digests of the files that are sent', () => {
    expect(specHash({}, { job: 'a' })).not.toBe(specHash({}, { job: 'b' }));
    expect(specHash({}, { modules: { 'm.py': 'a' } })).not.toBe(specHash({}, {}));
  });
});

it('is the same in every later version of the program', () => {
  expect(hashOf('destination_cluster: hercules\nexecution: srun ./a\nresources: {duration: 1h}\n')).toBe(
    'v1:f1ead24964e1298851f36cac51fb7c57ca50133a42d9500e41324c907bbb2fb3',
  );
});

it('canonical JSON is JSON, and knows no order', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(9), (value, seed) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(shuffled(value, seed))).toBe(text);
    }),
  );
});

describe('identity', () => {
  it('is the UUID of RFC 9562', () => {
    expect(uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
      '2ed6657d-e927-568b-95e1-2665a8aea6a2',
    );
  });

  it('is the same for the same inputs, for ever', () => {
    expect(jobUuid('k3v9x2m7qd', 'water', '1')).toBe('50cfea50-1c63-51b9-a213-f184218130f3');
  });

  it('differs with each input, and generation 0 is no generation', () => {
    const all: [string, string, string, number][] = [
      ['i', 'n', 'r', 0],
      ['j', 'n', 'r', 0],
      ['i', 'm', 'r', 0],
      ['i', 'n', 's', 0],
      ['i', 'n', 'r', 1],
      ['in', '', 'r', 0],
    ];
    expect(new Set(all.map((words) => jobUuid(...words))).size).toBe(all.length);
    expect(jobUuid('i', 'n', 'r')).toBe(jobUuid('i', 'n', 'r', 0));
  });

  it('the token is the start of the name, the UUID and the attempt', () => {
    expect(token('n'.repeat(63), 'u', 2)).toBe(`${'n'.repeat(40)}.u.2`);
  });
});
