/**
 * What sinfo says of the nodes. Its words and the marks behind them: NODE STATE CODES in sinfo(1), and what the older
 * versions print. A node is up where Slurm gives it new work, now or once it has woken it.
 */
import { parseNodes, type ReadState } from '../evidence/node-rows.js';
import type { Asked } from '../model/observation.js';
import type { ClusterStatus, NodeKind } from '../model/status.js';
import type { RawAnswer } from '../ports.js';

/** `planned` is idle and waits for a job; the jobs of `completing` are about to leave it. */
const WORDS: Readonly<Record<NodeKind, readonly string[]>> = {
  idle: ['idle', 'planned', 'plnd'],
  mixed: ['mixed', 'mix'],
  allocated: ['allocated', 'alloc', 'completing', 'comp', 'blocked', 'block', 'perfctrs', 'npc'],
  reserved: ['reserved', 'resv'],
  drained: ['drained', 'drain'],
  // It works off what it has, and gets nothing new.
  draining: ['draining', 'drng'],
  fail: ['fail', 'failing', 'failg'],
  maint: ['maint'],
  down: [
    ...['down', 'error', 'inval', 'no_respond', 'future', 'futr'],
    ...['reboot', 'boot', 'reboot_issued', 'reboot_requested', 'cancel_reboot', 'canc_r'],
    // Alone, without `idle` before them: it runs nothing, and nobody says that it could.
    ...['power_down', 'pow_dn', 'powering_down', 'powring_dn', 'powered_down', 'powered_dn'],
    ...['power_up', 'pow_up', 'powering_up'],
  ],
  // The controller has just begun, and does not know yet.
  unknown: ['unknown', 'unk', 'resume', 'resm', 'cloud'],
};
const KINDS: ReadonlyMap<string, NodeKind> = new Map(
  Object.entries(WORDS).flatMap(([kind, words]) => words.map((word) => [word, kind as NodeKind] as const)),
);

/** What a mark says, and what it makes of a node that its word would call up. */
const MARKS: Readonly<Record<string, readonly [flag: string, instead?: NodeKind]>> = {
  '*': ['not_responding', 'down'],
  // Powered off to save power: Slurm wakes it for a job, and counts its CPUs as idle.
  '~': ['powered_down'],
  '#': ['powering_up'],
  '!': ['power_down_pending'],
  '%': ['powering_down', 'down'],
  $: ['maint', 'maint'],
  '@': ['reboot_pending'],
  '^': ['reboot_issued', 'down'],
  '-': ['planned'],
  '+': ['completing'],
};
const UP: readonly NodeKind[] = ['idle', 'mixed', 'allocated', 'reserved'];

export function parseStatus(raw: RawAnswer): Asked<ClusterStatus['nodes']> {
  return parseNodes('sinfo', raw, readNodeState);
}

/** A word that no Slurm of our knowledge prints is kept as it is, and is not up. */
export function readNodeState(printed: string): ReadState {
  const [, state = '', marks = ''] = /^(.*?)([*~#!%$@^+-]*)$/.exec(printed.trim().toLowerCase()) ?? [];
  const known = Object.entries(MARKS).flatMap(([mark, means]) => (marks.includes(mark) ? [means] : []));
  const word = KINDS.get(state) ?? 'unknown';
  const instead = UP.includes(word) ? known.flatMap(([, kind]) => kind ?? []) : [];
  return { state, flags: known.map(([flag]) => flag), kind: instead[0] ?? word };
}
