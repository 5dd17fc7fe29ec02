import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { complete } from '../../src/cli/completion/complete.js';
import { createProgram } from '../../src/cli/program.js';
import { acquireLease } from '../../src/store/lease.js';
import { openStore } from '../../src/store/open.js';
import { runOf, specOf } from '../plan/scene.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-completion-'));
  mkdirSync(join(root, 'jobs.d/deep'), { recursive: true });
  mkdirSync(join(root, '.hidden'));
  for (const name of ['a.yaml', 'b.yml', 'c.txt', '.d.yaml']) writeFileSync(join(root, 'jobs.d', name), '');
  writeFileSync(join(root, 'clusters.yaml'), 'clusters:\n  lemaitre3: {}\n  hercules: {}\n');
  writeFileSync(join(root, 'sluice.yaml'), 'state: state.d\n');
  const store = openStore(join(root, 'state.d'));
  acquireLease(store, 'test');
  for (const name of ['lattice', 'lattice-2', 'other']) store.runs.create(runOf(specOf({ name })));
  store.close();
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

async function words(line: string, cwd = root): Promise<string[]> {
  const sink = { write: () => true };
  const { program } = createProgram({
    stdout: sink,
    stderr: sink,
    env: {},
    cwd,
    signal: new AbortController().signal,
    endsByItself: () => undefined,
    began: 0,
    now: () => 0,
  });
  return (await complete(program, line.split(' '), { cwd })).map((each) => each.split('\t')[0] ?? '');
}

it.each<[string, readonly string[]]>([
  ['re', ['reconcile', 'rerun', 'resolve', 'resume', 'retrieve']],
  ['__', []],
  ['get --ph', ['--phase']],
  ['get --phase Su', ['Succeeded', 'Suspended']],
  ['get -o ', ['table', 'wide', 'json', 'yaml', 'name']],
  ['get --output=j', ['--output=json']],
  ['get --quiet latt', ['lattice-2', 'lattice']],
  ['describe lattice ', []],
  ['get lattice oth', ['other']],
  ['logs lattice --stream req', ['requirements']],
  ['logs lattice --task ', []],
  ['clusters ', ['check', 'lemaitre3', 'hercules']],
  ['clusters check her', ['hercules']],
  ['clusters check --job lem', ['lemaitre3']],
  ['plan jobs.d/', ['jobs.d/a.yaml', 'jobs.d/b.yml', 'jobs.d/deep/']],
  ['plan jobs.d/.', ['jobs.d/.d.yaml']],
  ['plan j', ['jobs.d/']],
  ['retrieve lattice --to ', ['jobs.d/', 'state.d/']],
  ['retrieve --to . -- la', ['lattice-2', 'lattice']],
  ['completion ', ['bash', 'zsh', 'fish']],
  ['nonsense ', []],
])('sluice %s', async (line, expected) => {
  expect((await words(line)).sort()).toEqual([...expected].sort());
});

it('follows -C', async () => {
  expect(await words(`-C ${root} describe oth`, tmpdir())).toEqual(['other']);
  expect(await words(`-C ${root} plan jobs.d/a`, tmpdir())).toEqual(['jobs.d/a.yaml']);
  expect(await words('-C /nowhere describe ', tmpdir())).toEqual([]);
  expect(await words('-C /nowhere clusters check ', tmpdir())).toEqual(['here']);
});

it('offers each option of a command with the ones that all have', async () => {
  const all = await words('get -');
  for (const option of ['--output', '--watch', '--verbose', '-C', '--help']) expect(all).toContain(option);
});
