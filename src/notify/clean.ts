/** Text that came from elsewhere, fit for a mail. */

/** A header is a line: whatever came from elsewhere cannot begin another. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ').trim();
}

const MOST_CHARACTERS = 6_000;

/** The end of long output is what tells. A password within a URL, as Git prints it, is none of it. */
export function bounded(text: string): string {
  const clean = text
    .replaceAll(/\r\n?/g, '\n')
    // eslint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1')
    .trimEnd();
  return clean.length <= MOST_CHARACTERS ? clean : `[…]\n${clean.slice(-MOST_CHARACTERS)}`;
}
