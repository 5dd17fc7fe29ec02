import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInstallation, findInstallation } from '../../src/config/installation.js';
import { loadProject } from '../../src/config/project.js';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-project-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});
const put = (name: string, text: string | Uint8Array): void => {
  writeFileSync(join(directory, name), text);
};

it('an empty directory is a project on this machine, and stays empty', () => {
  const project = loadProject(directory);
  expect(project.problems).toEqual([]);
  expect([...project.inventory.values()]).toMatchObject([
    { name: 'here', transport: 'local', manager: 'direct', preferredJobs: ['serial'] },
  ]);
  expect(project.clusterNames).toEqual(['here']);
  expect(project.paths).toEqual({
    root: directory,
    clustersFile: join(directory, 'clusters.yaml'),
    settingsFile: join(directory, 'sluice.yaml'),
    manifests: [join(directory, 'jobs.d')],
    state: join(directory, '.sluice'),
    outputs: join(directory, 'outputs'),
    modules: join(directory, 'modules'),
  });
  expect(readdirSync(directory)).toEqual([]);
});

it('all problems of both files come at once', () => {
  put('clusters.yaml', 'clusters:\n  a: {port: x}\n  b: {hostname: b}\n');
  put('sluice.yaml', 'colour: red\n');
  const { problems, inventory, clusterNames } = loadProject(directory);
  expect(problems.map(({ file, line }) => [file.slice(directory.length + 1), line])).toEqual([
    ['clusters.yaml', 2],
    ['clusters.yaml', 2],
    ['sluice.yaml', 1],
  ]);
  expect([...inventory.keys()]).toEqual(['b']);
  expect(clusterNames).toEqual(['a', 'b']);
});

it('an inventory that cannot be read is no default inventory', () => {
  put('clusters.yaml', Uint8Array.from([0xff, 0xfe, 0, 0]));
  const { problems, inventory, clusterNames } = loadProject(directory);
  expect(problems.map(({ message }) => message)).toEqual(['the file is UTF-16 text; save it as UTF-8']);
  expect(inventory.size).toBe(0);
  expect(clusterNames).toBeUndefined();
  rmSync(join(directory, 'clusters.yaml'));
  mkdirSync(join(directory, 'clusters.yaml'));
  expect(loadProject(directory).problems[0]?.message).toMatch(/^the file cannot be read: EISDIR/);
});

describe('the installation', () => {
  it('stands in sluice.yaml', () => {
    put('sluice.yaml', 'installation: mine\n');
    expect(findInstallation(loadProject(directory), { CI: 'true' })).toEqual({ kind: 'known', id: 'mine' });
  });

  it('is random otherwise, kept by the state, once', () => {
    const project = loadProject(directory);
    expect(findInstallation(project, {})).toEqual({ kind: 'absent' });
    const state = join(directory, '.sluice');
    const id = createInstallation(state);
    expect(createInstallation(state)).toBe(id);
    expect(readFileSync(join(state, 'installation'), 'utf8')).toBe(`${id}\n`);
    expect(readdirSync(state)).toEqual(['installation']);
    expect(statSync(state).mode & 0o077).toBe(0);
    expect(findInstallation(project, {})).toMatchObject({
      kind: 'known',
      id,
      warning: expect.stringContaining(`installation: ${id}`) as string,
    });
  });

  it('must stand there under CI, and where no state is kept', () => {
    expect(findInstallation(loadProject(directory), { CI: '1' })).toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/add the line "installation: [a-z0-9]{10}"/) as string,
    });
    put('sluice.yaml', 'state: none\n');
    expect(findInstallation(loadProject(directory), {})).toMatchObject({ kind: 'refused' });
  });
});
