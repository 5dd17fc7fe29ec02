/** The thread that writes: passes for ever, on the state that is its alone. */
import { parentPort, workerData } from 'node:worker_threads';
import { setTimeout as pause } from 'node:timers/promises';
import { type App, openApp } from '../app.js';
import { loadProject } from '../config/project.js';
import { LeaseBusy } from '../refusals.js';
import { PassLoop } from '../reconcile/loop.js';
import { watch } from '../watch/watch.js';
import { LogPieces } from './log-pieces.js';
import { summaryOf } from './summary.js';
import { type FromWorker, tellError, type ToWorker, type WorkerStart } from './messages.js';

if (parentPort === null) throw new Error('this is a part of "sluice serve", not a program');
const port = parentPort;
const say = (message: FromWorker): void => port.postMessage(message);
const start = workerData as WorkerStart;

const BUSY_MS = 1_000;
const TROUBLE_MS = 10_000;
/** A pass waits for no cluster longer than this, not even the first of all: one that takes longer comes to no end. */
const STUCK_MS = 15 * 60_000;

let stopping = false;
let hasOpened = false;
let turn = new AbortController();
let loop: PassLoop | undefined;
let pieces: LogPieces | undefined;
let app: App | undefined;

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'wake':
      loop?.wake();
      break;
    case 'knock':
      loop?.knock();
      break;
    case 'sources':
      // Where none is open just now, the next one asks all of them when it begins.
      app?.wakeSources((url) => message.urls.includes(url));
      loop?.wake();
      break;
    case 'reload':
      turn.abort();
      break;
    case 'afresh':
      app?.forgive();
      loop?.wake();
      break;
    case 'ask':
      if ((loop?.lookingMs ?? 0) < STUCK_MS) say({ kind: 'alive' });
      break;
    case 'stop':
      stopping = true;
      turn.abort();
      break;
    case 'logs':
    case 'script':
      pieces?.begin(message);
      break;
    case 'more':
      pieces?.more(message.id);
      break;
    case 'enough':
      pieces?.enough(message.id);
  }
});

try {
  while (!stopping) {
    turn = new AbortController();
    await serve(turn.signal);
  }
} catch (error) {
  say({ kind: 'failed', error: tellError(error) });
}
port.close();

/** Until the settings are to be read again, or all is to end. */
async function serve(signal: AbortSignal): Promise<void> {
  const opened = await open(signal);
  if (opened === undefined) return;
  const { settings, paths } = opened.project;
  const warn = (text: string): void => say({ kind: 'story', line: { level: 'warning', text } });
  pieces = new LogPieces(opened, say);
  const current = new PassLoop({
    session: opened,
    resyncMs: settings.intervals.resyncSeconds * 1000,
    pollMs: settings.intervals.pollSeconds * 1000,
    signal,
    onPass: (report, tookMs) => say({ kind: 'pass', summary: summaryOf(opened.project, report, tookMs) }),
    onTrouble: (why) => warn(`a pass failed and is tried again: ${why}`),
  });
  loop = current;
  app = opened;
  const watching = watch({ paths: paths.manifests, onHint: () => current.wake(), onTrouble: warn });
  opened.follow(() => current.wake());
  say({ kind: 'ready' });
  try {
    await current.run();
  } finally {
    loop = undefined;
    app = undefined;
    pieces.close();
    await watching.close();
    await opened.close();
  }
}

/**
 * Between two openings somebody else may have taken the state, for a pass: he is waited for. At the start he is not.
 * @returns undefined where all is to end meanwhile
 */
async function open(signal: AbortSignal): Promise<App | undefined> {
  for (;;) {
    try {
      assertSame();
      const opened = await openApp(
        {
          directory: start.directory,
          env: start.env,
          command: start.command,
          follows: true,
          story: (line) => say({ kind: 'story', line }),
        },
        'write',
      );
      hasOpened = true;
      return opened;
    } catch (error) {
      // Once it serves, what is wrong with the settings or the state for now is waited for, and ends nothing.
      if (!hasOpened) throw error;
      say({
        kind: 'story',
        line: { level: 'warning', text: error instanceof Error ? error.message : String(error) },
      });
      await pause(error instanceof LeaseBusy ? BUSY_MS : TROUBLE_MS, undefined, { signal }).catch(
        () => undefined,
      );
      if (signal.aborted) return undefined;
    }
  }
}

/** The settings may have been written again since they were found good. @throws {Error} */
function assertSame(): void {
  const { paths, settings } = loadProject(start.directory);
  if (paths.state === start.state && settings.installation === start.installation) return;
  throw new Error(
    `${paths.settingsFile}: state and installation are read at the start only; start again, or write them as they were`,
  );
}
