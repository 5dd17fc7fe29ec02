/** Times, sizes and states in a page's words. */
import { html, type Html } from './html.js';

const STEPS = [
  { unit: 'd', ms: 86_400_000, until: Infinity },
  { unit: 'h', ms: 3_600_000, until: 48 },
  { unit: 'min', ms: 60_000, until: 120 },
  { unit: 's', ms: 1000, until: 120 },
] as const;

/** `3 min`, `5 h`: the largest unit of which there are at least two, else the smaller one. */
export function duration(ms: number): string {
  const step = STEPS.findLast(({ ms: unit, until }) => ms < unit * until);
  return step === undefined ? '0 s' : `${Math.max(0, Math.floor(ms / step.ms))} ${step.unit}`;
}

/** How long ago, with the time itself for who points at it and for machines. */
export function since(iso: string | null, now: number): Html | string {
  if (iso === null) return '–';
  const ms = now - Date.parse(iso);
  return html`<time datetime="${iso}" title="${iso}"
    >${ms < 1000 ? 'just now' : `${duration(ms)} ago`}</time
  >`;
}

/** `23 B`, `1.4 kB`: powers of 1000. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${bytes} B` : `${value.toFixed(1)} ${units[unit] ?? ''}`;
}

export type Mood = 'good' | 'bad' | 'busy' | 'waiting' | 'asks' | 'idle';

/** Each with a sign, so that colour says nothing alone. */
export const SIGNS: Readonly<Record<Mood, string>> = {
  good: '✓',
  bad: '✗',
  busy: '▶',
  waiting: '…',
  asks: '!',
  idle: '–',
};

const PHASE_MOODS: Readonly<Record<string, Mood>> = {
  ...{ Succeeded: 'good', Failed: 'bad', Cancelled: 'idle', Suspended: 'idle', Blocked: 'asks' },
  ...{ Running: 'busy', Preparing: 'busy', Postprocessing: 'busy', Fetching: 'busy', Staging: 'busy' },
};

export function moodOfPhase(phase: string): Mood {
  return PHASE_MOODS[phase] ?? 'waiting';
}

const FAILED = ['BOOT_FAIL', 'DEADLINE', 'FAILED', 'NODE_FAIL', 'OUT_OF_MEMORY', 'PREEMPTED', 'TIMEOUT'];

/** Of the workload manager's word for a task. */
export function moodOfState(state: string): Mood {
  const [word = ''] = state.split(' ');
  if (word === 'COMPLETED') return 'good';
  if (FAILED.includes(word)) return 'bad';
  if (word === 'CANCELLED' || word === 'NOT_SUBMITTED') return 'idle';
  return word === 'RUNNING' || word === 'COMPLETING' ? 'busy' : 'waiting';
}

export function badge(mood: Mood, text: string, title?: string): Html {
  return html`<span class="badge ${mood}" ${titled(title)}
    ><span aria-hidden="true">${SIGNS[mood]}</span> ${text}</span
  >`;
}

function titled(title: string | undefined): Html | undefined {
  return title === undefined ? undefined : html`title="${title}"`;
}
