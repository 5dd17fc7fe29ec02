/** Programs that stand before the cluster's own on the PATH of one project's exchanges, and misbehave. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { LabCluster } from '../lab/lab.js';

type Command = 'sbatch' | 'squeue' | 'sacct' | 'scancel' | 'sinfo' | 'tar';

/** What a program does in the place of another; `real` runs the one behind it. */
export interface Stub {
  readonly command: Command;
  /** POSIX sh. */
  readonly text: string;
  /** Its first calls, after which it does what it should; every call where it is absent. */
  readonly times?: number;
  /** Calls before those that do what they should. */
  readonly after?: number;
}

type Times = Pick<Stub, 'times' | 'after'>;

/** Does nothing but count its calls. */
export function counts(command: Command): Stub {
  return { command, text: 'real "$@"' };
}

/** Acts, keeps the answer to itself, and says other words. */
export function actsAndSays(command: Command, words: string, code = 1, times: Times = { times: 1 }): Stub {
  return { command, text: `real "$@" >/dev/null 2>&1; echo '${words}' >&2; exit ${code}`, ...times };
}

/** Does nothing, and says so. */
export function refuses(command: Command, words: string, code = 1, times: Times = { times: 1 }): Stub {
  return { command, text: `echo '${words}' >&2; exit ${code}`, ...times };
}

/** Acts only after so many seconds, and then answers. */
export function lags(command: Command, seconds: number, times: Times = { times: 1 }): Stub {
  return { command, text: `sleep ${seconds}; real "$@"`, ...times };
}

/** Acts at once and answers after so many seconds. */
export function answersLate(command: Command, seconds: number, times: Times = { times: 1 }): Stub {
  return {
    command,
    text: `answer=$(real "$@"); code=$?; sleep ${seconds}; echo "$answer"; exit $code`,
    ...times,
  };
}

/** An answer of nothing, as if all were well. */
export function answersNothing(command: Command, times: Times): Stub {
  return { command, text: 'exit 0', ...times };
}

/** The answer goes through a filter: a part of it, another word, noise around it. */
export function filtered(command: Command, filter: string, times: Times = {}): Stub {
  return { command, text: `real "$@" | ${filter}`, ...times };
}

/** Says something on stderr beside its answer. */
export function warns(command: Command, words: string): Stub {
  return { command, text: `echo '${words}' >&2; real "$@"` };
}

/** One project's stubs on one site. */
export class Stubs {
  readonly #folder: string;
  readonly #stubs: readonly Stub[];
  /** As the site calls it: goes before its PATH. */
  readonly path: string;

  constructor(cluster: LabCluster, id: string, stubs: readonly Stub[]) {
    const name = `.sluice-stubs-${id}`;
    this.#folder = join(cluster.home, name);
    this.#stubs = stubs;
    this.path = `${cluster.remoteHome}/${name}`;
    mkdirSync(join(this.#folder, 'calls'), { recursive: true });
    for (const stub of stubs) {
      const file = join(this.#folder, stub.command);
      writeFileSync(file, scriptOf(stub));
      chmodSync(file, 0o755);
    }
    const { uid, gid } = statSync(cluster.home);
    for (const folder of [this.#folder, join(this.#folder, 'calls')]) chownSync(folder, uid, gid);
  }

  /** How often it was called. */
  calls(command: Command): number {
    const file = join(this.#folder, 'calls', command);
    return existsSync(file) ? readFileSync(file, 'utf8').length : 0;
  }

  /** Those that were not called often enough to misbehave. */
  idle(): readonly Command[] {
    const isIdle = ({ command, after = 0 }: Stub): boolean => this.calls(command) <= after;
    return this.#stubs.filter(isIdle).map(({ command }) => command);
  }

  /** Those that look for it do what they should from now on. */
  calm(): void {
    writeFileSync(join(this.#folder, 'calm'), '');
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Calls are counted by a byte each, appended in one write, so that none is lost where several come at once. */
function scriptOf({ command, text, times, after = 0 }: Stub): string {
  const last = times === undefined ? [] : [`[ "$n" -le ${after + times} ] || exec ${command} "$@"`];
  return [
    '#!/bin/sh',
    'here=${0%/*}',
    'PATH=${PATH#"$here":}',
    `real() { command ${command} "$@"; }`,
    `printf . >>"$here/calls/${command}"`,
    `n=$(($(wc -c <"$here/calls/${command}")))`,
    `[ "$n" -gt ${after} ] || exec ${command} "$@"`,
    ...last,
    text,
    '',
  ].join('\n');
}
