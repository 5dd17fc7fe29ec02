import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';
import { loadProject } from '../../src/config/project.js';

let directory: string;
let said: string;

function sluice(...argv: string[]): Promise<number> {
  said = '';
  const sink = { write: (text: string) => (said += text) };
  const signal = new AbortController().signal;
  return run(argv, {
    stdout: sink,
    stderr: sink,
    env: {},
    cwd: directory,
    signal,
    endsByItself: () => undefined,
    began: 0,
    now: () => 0,
  });
}

describe('init', () => {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-init-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('makes a project without any problem, with an installation of its own', async () => {
    expect(await sluice('init')).toBe(0);
    const project = loadProject(directory);
    expect(project.problems).toEqual([]);
    expect(project.settings.installation).toMatch(/^[a-z0-9]{10}$/);
    expect(project.inventory.get('here')).toMatchObject({ transport: 'local', manager: 'direct' });
    expect(readFileSync(join(directory, '.gitignore'), 'utf8')).toBe('.sluice/\noutputs/\n');
    expect(statSync(join(directory, 'jobs/example/estimate.sh')).mode & 0o111).not.toBe(0);
    expect(await sluice('init', 'other')).toBe(0);
    expect(said).toMatch(/Next: sluice -C other validate/);
    expect(loadProject(join(directory, 'other')).settings.installation).not.toBe(
      project.settings.installation,
    );
  });

  it('gives editors the schemas that its files name', async () => {
    await sluice('init');
    for (const file of ['jobs.d/example.yaml', 'clusters.yaml', 'sluice.yaml']) {
      const schema =
        /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(join(directory, file), 'utf8'))?.[1] ??
        '';
      const text = readFileSync(join(directory, file, '..', schema), 'utf8');
      expect(JSON.parse(text)).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
    }
  });

  it('writes over nothing, and adds to .gitignore what is missing', async () => {
    writeFileSync(join(directory, 'clusters.yaml'), 'mine');
    writeFileSync(join(directory, '.gitignore'), 'node_modules\n/outputs');
    expect(await sluice('init')).toBe(0);
    expect(said).toMatch(/^kept {2}clusters\.yaml$/m);
    expect(said).toMatch(/^wrote \.gitignore \(\.sluice\/\)$/m);
    expect(readFileSync(join(directory, 'clusters.yaml'), 'utf8')).toBe('mine');
    expect(readFileSync(join(directory, '.gitignore'), 'utf8')).toBe('node_modules\n/outputs\n.sluice/\n');
    const before = readdirSync(directory, { recursive: true });
    expect(await sluice('init')).toBe(0);
    expect(said).not.toMatch(/^wrote/m);
    expect(readdirSync(directory, { recursive: true })).toEqual(before);
  });

  it('says so where a file stands in the way', async () => {
    writeFileSync(join(directory, 'jobs.d'), '');
    expect(await sluice('init')).toBe(64);
    expect(said).toMatch(/a file stands where its folder should be/);
    mkdirSync(join(directory, 'good'));
  });
});
