/** Numbers the moments of a child by label, and does at one of them what the fault says. */
import { appendFileSync } from 'node:fs';
import type { Fault, Point } from './fault.js';

export class Points {
  readonly #fault: Fault;
  readonly #cut: () => void;
  /** Times that it has come to what the fault names. */
  #met = 0;
  /** The fault has happened; where it kills, nobody is left to say so. */
  struck = false;

  /** @param cut resets the connections to the cluster */
  constructor(fault: Fault, cut: () => void) {
    this.#fault = fault;
    this.#cut = cut;
  }

  /** The child is about to do, or has just done, what the label says. Does not return where it is killed. */
  at(label: string): void {
    const { log, kind, at } = this.#fault;
    if (log !== undefined) appendFileSync(log, `${label}\n`);
    if (at === undefined || !isMeant(at, label)) return;
    this.#met += 1;
    if (at.nth !== this.#met) return;
    this.struck = true;
    if (kind === 'kill') die();
    if (kind === 'cut') this.#cut();
  }
}

function isMeant({ label }: Point, passed: string): boolean {
  return label.startsWith('*') ? passed.endsWith(label.slice(1)) : passed === label;
}

/** Nothing of this process runs after it: no handler, no flush, no close. */
export function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
