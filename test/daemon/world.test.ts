/** What the answering thread sees, to the end of it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadProject } from '../../src/config/project.js';
import { openWorld } from '../../src/daemon/world.js';
import { leased } from '../store/fixtures/states.js';
import { removeFolder } from '../tools/remove.js';

it('passes no news on once it is closed: who would read the state then cannot', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-world-'));
  const state = join(directory, '.sluice');
  leased({}, state).close();
  const listeners = new Set<() => void>();
  const { world, close } = openWorld(state, {
    project: () => loadProject(directory),
    installation: 'test',
    now: () => 0,
    env: {},
    warn: () => undefined,
    patienceMs: 0,
    writer: {
      tell: () => undefined,
      wakeSources: () => undefined,
      onNews: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      lastPass: undefined,
      logs: () => {
        throw new Error('nobody reads');
      },
      script: () => Promise.resolve(undefined),
    },
  });
  let heard = 0;
  const stop = world.onNews(() => {
    heard += 1;
    world.store.runs.byName('a');
  });
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  tell();
  close();
  tell();
  expect(heard).toBe(1);
  stop();
  expect(listeners.size).toBe(0);
  removeFolder(directory);
});
