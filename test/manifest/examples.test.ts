import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadProject } from '../../src/config/project.js';
import { nodeFiles } from '../../src/documents/node-files.js';
import { readManifestFile, readManifestText } from '../../src/manifest/read.js';
import { readSchema, root } from '../tools/generate-types.js';
import { contextOf, FILE } from './support.js';

const isYaml = (name: string): boolean => /\.ya?ml$/.test(name);

describe('the examples are valid', () => {
  const project = loadProject(root);
  const context = {
    files: nodeFiles,
    home: root,
    modulesDirectory: project.paths.modules,
    clusters: project.clusterNames ?? [],
    ownDirectories: [resolve(root, '.sluice'), project.paths.outputs],
  };
  it.each(readdirSync(resolve(root, 'jobs.d')).filter(isYaml))('jobs.d/%s', (name) => {
    const { manifests, problems } = readManifestFile(resolve(root, 'jobs.d', name), context);
    expect(problems).toEqual([]);
    expect(manifests.length).toBeGreaterThan(0);
  });
});

describe('docs/manifest.md', () => {
  const page = readFileSync(resolve(root, 'docs/manifest.md'), 'utf8');
  const { properties } = readSchema('manifest') as unknown as { properties: Record<string, unknown> };

  it.each(Object.keys(properties))('has a word on %s', (key) => {
    expect(page).toContain(`\`${key}\``);
  });

  const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  it.each(examples)('its example is valid: %s', (text) => {
    const context = contextOf({ '/project/jobs.d/simulation/main.c': '' });
    const { problems } = readManifestText(FILE, text, context);
    expect(problems).toEqual([]);
  });
});
