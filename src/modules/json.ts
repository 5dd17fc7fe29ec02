/** One JSON object out of what a module printed, or what is wrong with it in words. */
import { show } from '../documents/problem.js';

export type Parsed =
  | { readonly ok: true; readonly value: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly why: string };

const ONLY = 'print nothing but the job on standard output, and everything else on standard error';

export function parseObject(printed: string | Uint8Array): Parsed {
  const text = typeof printed === 'string' ? printed : decode(printed);
  if (text === undefined) return refuse('printed text that is not UTF-8; JSON is');
  const body = text.replace(/^\uFEFF/, '').trim();
  if (body === '')
    return refuse('printed nothing; it must print the job that it was given as JSON, changed or not');
  const value = parse(body);
  if (value === undefined) return refuse(whyNot(body));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(`printed ${kind(value)}; it must print the job that it was given, a JSON object`);
  }
  const number = inexactNumber(body);
  if (number !== undefined) {
    return refuse(`printed the number ${number}, which cannot be kept exactly; print it as text, in quotes`);
  }
  // Narrowed by hand above: an object that is neither null nor a list.
  return { ok: true, value: value as Readonly<Record<string, unknown>> };
}

function refuse(why: string): Parsed {
  return { ok: false, why };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return `${typeof value === 'string' ? 'the text' : 'only'} ${show(value)}`;
}

function whyNot(body: string): string {
  if (!body.startsWith('{')) return `printed ${show(body)} before its JSON; ${ONLY}`;
  const end = endOfFirst(body);
  if (end === undefined) return 'printed JSON that has no end; was it cut?';
  const rest = body.slice(end).trim();
  if (rest !== '' && parse(body.slice(0, end)) !== undefined) {
    return rest.startsWith('{')
      ? 'printed more than one JSON object; print one, once'
      : `printed ${show(rest)} behind its JSON; ${ONLY}`;
  }
  return `printed ${show(body)}, which is no JSON${/^\{\s*'/.test(body) ? ': its texts stand in double quotes (in Python, json.dumps prints it)' : ''}`;
}

/** Offset behind the first object of the text, which begins with one. */
function endOfFirst(text: string): number | undefined {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfText(text, at);
    else if (character === '{' || character === '[') depth++;
    else if ((character === '}' || character === ']') && --depth === 0) return at + 1;
  }
  return undefined;
}

/** Offset of the quote that closes the one at `open`. By hand: an expression would fail on texts of megabytes. */
function endOfText(text: string, open: number): number {
  let at = open + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

/** JavaScript would round a whole number beyond 2^53, and a job's input would change without a word. */
function inexactNumber(body: string): string | undefined {
  const long = withoutTexts(body).match(/(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g) ?? [];
  return long.find((digits) => !Number.isSafeInteger(Number(digits)));
}

function withoutTexts(body: string): string {
  let kept = '';
  let from = 0;
  for (let open = body.indexOf('"'); open >= 0; open = body.indexOf('"', from)) {
    kept += body.slice(from, open + 1);
    from = endOfText(body, open) + 1;
  }
  return kept + body.slice(from);
}
