/**
 * The program that is killed: opens a project as `sluice reconcile --once --wait` does, with a point before, inside
 * and after each of its effects. `child.ts DIRECTORY`, the fault in the environment.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, openApp } from '../../src/app.js';
import { LeaseBusy } from '../../src/refusals.js';
import { startProxy } from '../ssh/proxy.js';
import { type Fault, FAULT_VARIABLE, LEASE_BUSY, type Outcome, UNSETTLED } from './fault.js';
import { die, Points } from './points.js';
import { tapFiles, tapStore, tapTransport } from './taps.js';

const directory = process.argv[2] ?? '.';
const fault = JSON.parse(process.env[FAULT_VARIABLE] ?? '{}') as Fault;

const began = Date.now();
const detour = fault.kind === 'cut' ? await throughProxy() : { cut: () => undefined, over: () => undefined };
const points = new Points(fault, detour.cut);
tapStore(points);
tapFiles(points);
if (fault.killAfterMs !== undefined) setTimeout(die, fault.killAfterMs);
process.exit(await run());

async function run(): Promise<number> {
  try {
    const app = await open();
    detour.over();
    const outcome = await outcomeOf(app);
    await app.close();
    process.stdout.write(`${JSON.stringify(outcome)}\n`);
    return outcome.settled ? 0 : UNSETTLED;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return error instanceof LeaseBusy ? LEASE_BUSY : 1;
  }
}

function open(): Promise<App> {
  return openApp(
    {
      directory,
      env: process.env,
      now,
      story: ({ level, cluster, job, text }) =>
        process.stderr.write(`${level} ${cluster ?? ''} ${job ?? ''} ${text}\n`),
      aroundTransport: (transport) => tapTransport(transport, points, fault),
    },
    'write',
  );
}

/** Our clock, which may be wrong, and may be set meanwhile. */
function now(): number {
  const { aheadMs = 0, thenMs = aheadMs, afterMs = Infinity } = fault.clock ?? {};
  return Date.now() + (Date.now() - began < afterMs ? aheadMs : thenMs);
}

async function outcomeOf(app: App): Promise<Outcome> {
  const { settled } = await app.waitUntilSettled([], {
    signal: new AbortController().signal,
    deadlineMs: fault.deadlineMs,
    onPass: () => {
      const phases = app.store.records.light().map((each) => each.phase);
      if (phases.length > 0 && phases.every((phase) => phase === fault.killInPhase)) die();
    },
  });
  const runs = app.store.records.light().flatMap(({ uuid }) => {
    const record = app.store.records.byUuid(uuid);
    if (!record) return [];
    const { name, phase, reason, message } = record.run;
    return [{ name, phase, reason, message, attempts: record.attempts.length }];
  });
  return { settled, runs, struck: points.struck };
}

/** All goes through a proxy of this process, whose connections can be reset as a bad line would. */
async function throughProxy(): Promise<{ cut: () => void; over: () => void }> {
  const file = join(directory, 'clusters.yaml');
  const text = readFileSync(file, 'utf8');
  const host = /hostname: (\S+)/.exec(text)?.[1] ?? '';
  const port = Number(/port: (\d+)/.exec(text)?.[1]);
  const proxy = await startProxy(port, host);
  writeFileSync(
    file,
    text.replace(/hostname: \S+/, 'hostname: 127.0.0.1').replace(/port: \d+/, `port: ${proxy.port}`),
  );
  return { cut: () => proxy.cut(), over: () => writeFileSync(file, text) };
}
