/** The child as plain JavaScript: hundreds of them start, each in a third of the time that translating takes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
/** What the program looks for beside its own folder. */
const BESIDE = ['node_modules', 'wrapper', 'schemas', 'package.json'];

/** @returns a new folder that holds the program; {@link childIn} says where */
export function buildChild(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-fault-child-'));
  const compilerOptions = {
    ...{ noEmit: false, noCheck: true, rootDir: ROOT, outDir: folder },
    typeRoots: [join(ROOT, 'node_modules/@types')],
  };
  const files = [join(ROOT, 'test/faults/child.ts')];
  const config = { extends: join(ROOT, 'tsconfig.json'), compilerOptions, files, include: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', join(folder, 'tsconfig.json')]);
  for (const name of BESIDE) symlinkSync(join(ROOT, name), join(folder, name));
  return folder;
}

export function childIn(folder: string): string {
  return join(folder, 'test/faults/child.js');
}
