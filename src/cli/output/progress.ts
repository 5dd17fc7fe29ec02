import { isSettled, PHASES, type Phase } from '../../model/run.js';
import type { Terminal } from './terminal.js';

/** One line at the foot of a terminal that is redrawn; elsewhere a plain line whenever it changes. */
export interface Progress {
  /** A line of the story, above the foot. */
  story(text: string): void;
  /** Where all stands now. */
  update(text: string): void;
  /** Takes the foot away. */
  end(): void;
}

const ERASE = '\r\u001b[2K';

export function progress(err: Terminal, quiet: boolean): Progress {
  let foot = '';
  const draws = err.interactive && !quiet;
  const draw = (): void => {
    if (draws && foot !== '') err.write(cut(foot, err.width));
  };
  const erase = (): void => {
    if (draws && foot !== '') err.write(ERASE);
  };
  return {
    story: (text) => {
      erase();
      err.line(text);
      draw();
    },
    update: (text) => {
      if (text === foot) return;
      erase();
      foot = text;
      if (draws) draw();
      else if (!quiet && text !== '') err.line(text);
    },
    end: () => {
      erase();
      foot = '';
    },
  };
}

/** `2 running, 3 queued, 295 succeeded`: what still moves first, in the order of a run's life. */
export function phaseCounts(phases: Iterable<Phase>): string {
  const counts = new Map<Phase, number>();
  for (const phase of phases) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  const order = [...PHASES.filter((phase) => !isSettled(phase)).toReversed(), ...PHASES.filter(isSettled)];
  return order
    .filter((phase) => counts.has(phase))
    .map((phase) => `${counts.get(phase) ?? 0} ${phase.toLowerCase()}`)
    .join(', ');
}

function cut(text: string, width = 80): string {
  return text.length < width ? text : `${text.slice(0, Math.max(1, width - 2))}…`;
}
