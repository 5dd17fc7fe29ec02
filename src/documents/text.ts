/** From bytes to text that YAML may be read from. */
import type { Problem } from '../model/job.js';

/** A file for people is small; what is larger is something else. */
export const MAX_BYTES = 1024 * 1024;

export type Decoded =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: Problem };

/** UTF-8 with or without a byte order mark. Refuses what is no text, and says what it looks like. */
export function decode(file: string, bytes: Uint8Array): Decoded {
  if (bytes.length > MAX_BYTES) return refuse(file, tooLarge(bytes.length));
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return refuse(file, 'is UTF-16 text; save it as UTF-8');
  }
  try {
    return clean(file, new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refuse(file, 'is not UTF-8 text (binary, or another encoding); save it as UTF-8', badLine(bytes));
  }
}

/** Takes away a byte order mark, and makes LF of CRLF: neither ever changes what a file means. */
export function clean(file: string, text: string): Decoded {
  if (text.length > MAX_BYTES) return refuse(file, tooLarge(text.length));
  const nul = text.indexOf('\0');
  if (nul >= 0) return refuse(file, 'contains a NUL byte, so it is no text file', lineAt(text, nul));
  const unix = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  const lone = unix.indexOf('\r');
  if (lone >= 0) {
    const why = 'contains a carriage return (CR) that ends no line; save it with LF or CRLF line ends';
    return refuse(file, why, lineAt(unix, lone));
  }
  return { ok: true, text: unix };
}

function tooLarge(size: number): string {
  return `is ${size} bytes long; at most ${MAX_BYTES} (1 MiB) are read, so it is probably no such file`;
}

function refuse(file: string, message: string, at: { line: number; column: number } = START): Decoded {
  return { ok: false, problem: { severity: 'error', file, ...at, message: `the file ${message}` } };
}

const START = { line: 1, column: 1 };

function lineAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

/** Line of the first byte that is no UTF-8. */
function badLine(bytes: Uint8Array): { line: number; column: number } {
  const text = new TextDecoder('utf-8').decode(bytes);
  const bad = text.indexOf('\uFFFD');
  return lineAt(text, bad < 0 ? 0 : bad);
}
