import type { Waiting } from '../../model/action.js';
import { safeLine } from './safe.js';

/** What is left undone until a person says a word, and which words there are. */
export function waitingLines(waiting: readonly Waiting[]): string[] {
  return waiting.map(({ name, message }) => safeLine(`waits: ${name === '' ? '' : `${name}: `}${message}`));
}
