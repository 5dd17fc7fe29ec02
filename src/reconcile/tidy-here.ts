/** Takes away what is not needed any more of what was done here. Never in the way of a pass: what does not go is said once. */
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isEnded } from '../model/run.js';
import { type Context, messageOf } from './context.js';

const said = new WeakMap<Context['here'], Set<string>>();

/** Folders of runs that are over, or unknown here, go; of one that goes on, those that its state does not name. */
export async function tidyHere(context: Context): Promise<void> {
  const { here, store } = context;
  for (const uuid of await readdir(here.folder).catch(() => [])) {
    // A process of it may still write there, also one that was given up.
    if (here.workshop.holds(uuid)) continue;
    const run = store.runs.byUuid(uuid);
    const isOver = run === undefined || isEnded(run.phase);
    if (isOver) here.brought.delete(uuid);
    const folder = join(here.folder, uuid);
    const needed = isOver ? [] : [run.staged?.folder, here.brought.get(uuid)?.folder];
    const names = isOver ? [''] : await readdir(folder).catch(() => []);
    for (const path of names.map((name) => join(folder, name)))
      if (!needed.some((each) => each?.startsWith(path))) await remove(context, path);
  }
}

async function remove(context: Context, path: string): Promise<void> {
  try {
    await removeTree(path);
  } catch (error) {
    const before = said.get(context.here) ?? new Set<string>();
    said.set(context.here, before);
    if (before.has(path)) return;
    before.add(path);
    const text = `${path} is not needed any more and cannot be removed: ${messageOf(error)}`;
    context.story({ level: 'warning', text });
  }
}

/** Also of directories that were made read-only, as some caches are. */
async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 2 });
  } catch {
    await makeWritable(path);
    await rm(path, { recursive: true, force: true, maxRetries: 2 });
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}
