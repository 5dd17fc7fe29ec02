/** The recipes of docs/git.md: each file in them is what it says it is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { scaffold } from '../../src/cli/scaffold/templates.js';
import { readSettings } from '../../src/config/settings.js';
import { memoryFiles } from '../manifest/support.js';

const page = readFileSync(join(import.meta.dirname, '../../docs/git.md'), 'utf8');
const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text);
const settings = blocks.filter((text) => text.startsWith('installation:'));

describe('docs/git.md', () => {
  it('has settings that are valid', () => {
    expect(settings).toHaveLength(2);
    for (const text of settings) {
      const read = readSettings(text, '/project/sluice.yaml', { files: memoryFiles({}), home: '/home/jane' });
      expect(read.problems).toEqual([]);
      expect(read.settings.sources).toMatchObject([{ kind: 'git', ref: 'main', path: 'jobs.d' }]);
    }
  });

  it("has GitHub's workflow as sluice init writes it", () => {
    const written = scaffold('id', new Map()).find(({ path }) => path.startsWith('.github/'))?.content;
    expect(blocks).toContain(written);
  });

  it('has YAML that CI can read, and says once in each recipe that nobody else reconciles', () => {
    const [github, gitlab] = blocks
      .filter((text) => !settings.includes(text) && !text.startsWith('http:'))
      .map((text) => parse(text) as Record<string, Record<string, unknown>>);
    expect(github).toMatchObject({ concurrency: 'sluice', jobs: { reconcile: { needs: 'validate' } } });
    expect(gitlab?.['reconcile']).toMatchObject({ resource_group: 'sluice', stage: 'reconcile' });
    expect(gitlab?.['reconcile']?.['script']).toContain('sluice reconcile --once');
  });

  it('has all commits fetched where it reconciles: an earlier one must be told from a later one', () => {
    const [github, gitlab] = blocks
      .filter((text) => !settings.includes(text) && !text.startsWith('http:'))
      .map((text) => parse(text) as Record<string, Record<string, unknown>>);
    const { steps } = github?.['jobs']?.['reconcile'] as { steps: readonly unknown[] };
    expect(steps).toContainEqual({ uses: 'actions/checkout@v4', with: { 'fetch-depth': 0 } });
    expect(gitlab?.['reconcile']?.['variables']).toEqual({ GIT_DEPTH: 0 });
  });
});
