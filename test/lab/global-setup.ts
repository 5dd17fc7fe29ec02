/**
 * vitest's globalSetup: the lab is up before the first test, and stays up for the next run unless
 * SLUICE_LAB_DOWN=1. Where it cannot be, SLUICE_LAB_ABSENT says why to the tests (see `labAbsent`), which skip;
 * SLUICE_LAB_REQUIRED=1 makes that an error. SLUICE_LAB_SKIP=1 does not even try.
 */
import { spawn, spawnSync } from 'node:child_process';
import { LAB_PROGRAM } from './lab.js';

const on = (name: string): boolean => process.env[name] === '1';
const REFUSAL = 'lab: cannot run here: ';

/** Brings the lab up; the function returned takes it down if asked to. */
export default async function setup(): Promise<() => void> {
  const reason = on('SLUICE_LAB_SKIP') ? 'SLUICE_LAB_SKIP=1' : await bringUp();
  if (reason !== undefined) {
    if (on('SLUICE_LAB_REQUIRED')) throw new Error(`the lab is required (SLUICE_LAB_REQUIRED=1): ${reason}`);
    process.env['SLUICE_LAB_ABSENT'] = reason;
    process.stderr.write(`lab tests skipped: ${reason}\n`);
  }
  return () => {
    if (reason === undefined && on('SLUICE_LAB_DOWN')) spawnSync(LAB_PROGRAM, ['down'], { stdio: 'inherit' });
  };
}

/** Why the lab is not up, or undefined. What `lab up` tells is passed on as it comes. */
function bringUp(): Promise<string | undefined> {
  return new Promise((resolve) => {
    let last = '';
    const child = spawn(LAB_PROGRAM, ['up'], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      last = text.trim().split('\n').at(-1) ?? last;
      if (!text.startsWith(REFUSAL)) process.stderr.write(text);
    });
    child.on('error', (error) => {
      resolve(error.message);
    });
    child.on('close', (code) => {
      resolve(code === 0 ? undefined : last.replace(REFUSAL, '') || `lab up: exit ${String(code)}`);
    });
  });
}
