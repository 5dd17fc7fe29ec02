/** The thread that writes: passes for ever, on the state that is its alone. */
import { parentPort, workerData } from 'node:worker_threads';
import { type App, openApp } from '../app.js';
import { PassLoop } from '../reconcile/loop.js';
import type { PassReport } from '../reconcile/report.js';
import { watch } from '../watch/watch.js';
import type { PassSummary } from '../http/ports.js';
import { LogPieces } from './log-pieces.js';
import { type FromWorker, tellError, type ToWorker, type WorkerStart } from './messages.js';

if (parentPort === null) throw new Error('this is a part of "sluice serve", not a program');
const port = parentPort;
const say = (message: FromWorker): void => port.postMessage(message);
const start = workerData as WorkerStart;

let stopping = false;
let turn = new AbortController();
let loop: PassLoop | undefined;
let pieces: LogPieces | undefined;

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'wake':
      loop?.wake();
      break;
    case 'knock':
      loop?.knock();
      break;
    case 'reload':
      turn.abort();
      break;
    case 'stop':
      stopping = true;
      turn.abort();
      break;
    case 'logs':
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
  const app = await openApp(
    {
      directory: start.directory,
      env: start.env,
      command: start.command,
      story: (line) => say({ kind: 'story', line }),
    },
    'write',
  );
  const { settings, paths } = app.project;
  const warn = (text: string): void => say({ kind: 'story', line: { level: 'warning', text } });
  pieces = new LogPieces(app, say);
  const current = new PassLoop({
    session: app,
    resyncMs: settings.intervals.resyncSeconds * 1000,
    pollMs: settings.intervals.pollSeconds * 1000,
    signal,
    onPass: (report, tookMs) => say({ kind: 'pass', summary: summaryOf(app, report, tookMs) }),
    onTrouble: (why) => warn(`a pass failed and is tried again: ${why}`),
  });
  loop = current;
  const watching = watch({ paths: paths.manifests, onHint: () => current.wake(), onTrouble: warn });
  say({ kind: 'ready' });
  try {
    await current.run();
  } finally {
    loop = undefined;
    pieces.close();
    await watching.close();
    await app.close();
  }
}

function summaryOf(app: App, { plan, problems, clusters }: PassReport, tookMs: number): PassSummary {
  const actions: Record<string, number> = {};
  for (const { kind } of plan.actions) actions[kind] = (actions[kind] ?? 0) + 1;
  return {
    at: Date.now() - Math.round(tookMs),
    tookMs,
    // The counts are live objects of the transports: copied as they are now.
    clusters: clusters.map((each) => ({ ...each, counts: { ...each.counts } })),
    actions,
    problems: [...app.project.problems, ...problems].map(({ severity, file, line, message, job }) => ({
      severity,
      file,
      message,
      ...(line === undefined ? {} : { line }),
      ...(job === undefined ? {} : { job }),
    })),
  };
}
