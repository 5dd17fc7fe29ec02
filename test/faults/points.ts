/** Numbers the moments of a child by label, and does at one of them what the fault says. */
import { appendFileSync } from 'node:fs';
import type { Fault } from './fault.js';

export class Points {
  readonly #fault: Fault;
  readonly #cut: () => void;
  readonly #passed = new Map<string, number>();

  /** @param cut resets the connections to the cluster */
  constructor(fault: Fault, cut: () => void) {
    this.#fault = fault;
    this.#cut = cut;
  }

  /** The child is about to do, or has just done, what the label says. Does not return where it is killed. */
  at(label: string): void {
    const { log, kind, at } = this.#fault;
    const nth = (this.#passed.get(label) ?? 0) + 1;
    this.#passed.set(label, nth);
    if (log !== undefined) appendFileSync(log, `${label}\n`);
    if (at?.label !== label || at.nth !== nth) return;
    if (kind === 'kill') die();
    if (kind === 'cut') this.#cut();
  }
}

/** Nothing of this process runs after it: no handler, no flush, no close. */
export function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
