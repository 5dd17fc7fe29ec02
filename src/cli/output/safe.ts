/** Text from elsewhere, made harmless for a terminal: it moves no cursor, sets no title, hides no word. */

// eslint-disable-next-line no-control-regex -- escape sequences are what is looked for
const SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_])/g;
// Control characters but tab and line feed, and those that change the direction of writing.
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Keeps line ends and tabs. Escape sequences go, other control characters become visible. */
export function safeText(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(SEQUENCES, '').replaceAll(CONTROLS, visible);
}

/** Nothing but printable ASCII: harmless, on one line, a column a character. */
export const PLAIN = /^[\x20-\x7e]*$/;

/** The same on one line. */
export function safeLine(text: string): string {
  if (PLAIN.test(text)) return text.trim();
  return safeText(text)
    .replaceAll(/\s*[\n\t]\s*/g, ' ')
    .trim();
}

function visible(character: string): string {
  if (character === '\r') return '\\r';
  const code = character.charCodeAt(0);
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}
