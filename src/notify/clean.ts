/** Text that came from elsewhere, fit for a mail, and for the terminal in which some people read theirs. */

// Those that change the direction of writing make a line read as another one.
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const LINE_CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;

/** A header is a line: whatever came from elsewhere cannot begin another. */
export function oneLine(text: string): string {
  return text.replaceAll(DIRECTIONS, '').replaceAll(LINE_CONTROLS, ' ').trim();
}

const MOST_CHARACTERS = 6_000;

/** The end of long output is what tells. A password within a URL, as Git prints it, is none of it. */
export function bounded(text: string): string {
  const clean = text
    .replaceAll(/\r\n?/g, '\n')
    // eslint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
    .replaceAll(DIRECTIONS, '')
    .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1')
    .trimEnd();
  return clean.length <= MOST_CHARACTERS ? clean : `[…]\n${clean.slice(-MOST_CHARACTERS)}`;
}
