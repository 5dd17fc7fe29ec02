/** Which modules a command loads: those that are imported, and those that these require. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MAIN, start, type Sandbox } from './built.js';

export interface Loaded {
  readonly code: number | null;
  /** Names of packages, sorted. */
  readonly packages: readonly string[];
  /** Our own files as below `dist`, sorted: `cli/get.js`. */
  readonly own: readonly string[];
}

/** Hooks see what is imported; what is required shows in the cache at the end. */
const HOOKS = `import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  appendFileSync(process.env.LOADED_LOG, url + '\\n');
  return next(url, context);
}`;
const WATCH = `import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
register(new URL('hooks.mjs', import.meta.url));
const { cache } = createRequire(import.meta.url);
process.on('exit', () => appendFileSync(process.env.LOADED_LOG, Object.keys(cache).join('\\n')));`;

export async function loadedBy(at: Sandbox, argv: readonly string[]): Promise<Loaded> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-loaded-'));
  try {
    writeFileSync(join(folder, 'hooks.mjs'), HOOKS);
    writeFileSync(join(folder, 'watch.mjs'), WATCH);
    const log = join(folder, 'log');
    const options = `--import ${pathToFileURL(join(folder, 'watch.mjs')).href}`;
    const { code } = await start(at, argv, { NODE_OPTIONS: options, LOADED_LOG: log }).ended;
    const loaded = readFileSync(log, 'utf8').split('\n');
    const packages = loaded.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    const root = `${dirname(MAIN)}/`;
    const own = loaded.flatMap((path) => path.split(root)[1] ?? []);
    return { code, packages: [...new Set(packages)].sort(), own: [...new Set(own)].sort() };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
