import type { Held, Plan } from '../../model/action.js';
import { safeLine } from './safe.js';
import { count } from './time.js';

const NAMES_SHOWN = 10;

/** What a plan leaves out until a person says yes, and how to say it. */
export function heldLines({ held, renamed = [] }: Plan): string[] {
  const names = renamed.map(
    ({ name, from, digest }) =>
      `held: ${name} looks like ${from} with a new name: it asks for the same work, and the manifest of ${from} is gone; ` +
      `to run it all the same, give it another run:, or: sluice approve ${digest}`,
  );
  return [...names.map(safeLine), ...(held === undefined ? [] : manyLines(held))];
}

export function isHeld({ held, renamed = [] }: Plan): boolean {
  return held !== undefined || renamed.length > 0;
}

function manyLines(held: Held): string[] {
  const { deletions, begins, digest } = held;
  const more = deletions.length - NAMES_SHOWN;
  const names = `${deletions.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const lines = [
    ...(deletions.length > 0
      ? [`held: ${count(deletions.length, 'run')} would be cancelled, as their manifests are gone: ${names}`]
      : []),
    ...(begins > 0 ? [`held: ${count(begins, 'new run')} would begin`] : []),
    `if that is meant: sluice approve ${digest}`,
  ];
  return lines.map(safeLine);
}
