/** What docs/modules.md shows is tried. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readManifestText } from '../../src/manifest/read.js';
import { contextOf, FILE } from '../manifest/support.js';
import { root } from '../tools/generate-types.js';
import { Workshop } from './workshop.js';

const page = readFileSync(join(root, 'docs/modules.md'), 'utf8');
function example(language: string): string {
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';
}

let shop: Workshop;
beforeEach(async () => {
  shop = await Workshop.make();
});
afterEach(() => shop.remove());

it('its manifest is valid', () => {
  const files = ['modules/check.py', 'modules/count.c', 'modules/tools/mesh/run.sh', 'jobs.d/simulation/a'];
  const context = contextOf(Object.fromEntries(files.map((file) => [`/project/${file}`, ''])));
  expect(readManifestText(FILE, example('yaml'), context).problems).toEqual([]);
});

it('its modules do what it says', async () => {
  await shop.put('modules/m.py', example('python'));
  await shop.put('modules/count.c', example('c'));
  await shop.put('modules/m.sh', `echo data >input.dat\n${example('bash')}`);
  const spec = shop.spec([
    { module: 'm.py', execution: 'python3 m.py' },
    { module: 'count.c', compilation: 'gcc -Wall -Werror -o count count.c', execution: './count' },
    { module: 'm.sh', execution: 'bash m.sh' },
  ]);
  expect(await shop.run(spec)).toMatchObject({
    ok: true,
    spec: { resources: { durationSeconds: 7200 } },
    files: ['input.dat'],
    modules: [
      { stderr: 'two hours should do\n' },
      { stderr: expect.stringMatching(/^a job of \d+ bytes\n$/) },
      { stderr: '' },
    ],
  });
});
