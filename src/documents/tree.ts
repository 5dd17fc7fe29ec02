/** What YAML allows and a file for people should not have. */
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { YAMLMap, YAMLSeq } from 'yaml';
import type { Position } from './parse.js';
import { keyText } from './locate.js';

export const MAX_DEPTH = 100;

interface Walk {
  readonly at: (offset: number) => Position;
  readonly flaw: (offset: number, message: string) => void;
  /** Anchors met so far, and those that we stand in. */
  readonly anchors: Set<string>;
  readonly open: Set<string>;
}

/** Duplicate keys, keys that are no text, aliases to nothing or to themselves, control characters, inexact numbers. */
export function checkTree(
  root: unknown,
  at: (offset: number) => Position,
  flaw: (offset: number, message: string) => void,
): void {
  checkNode(root, 0, { at, flaw, anchors: new Set(), open: new Set() });
}

function checkNode(node: unknown, depth: number, walk: Walk): void {
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  if (isAlias(node)) checkAlias(node.source, start(node), walk);
  else if (isScalar(node)) {
    if (node.anchor !== undefined) walk.anchors.add(node.anchor);
    checkScalar(node.value, node.source, start(node), walk);
  } else if (isMap(node) || isSeq(node)) checkCollection(node, depth, walk);
}

function checkCollection(node: YAMLMap | YAMLSeq, depth: number, walk: Walk): void {
  const { anchor } = node;
  if (anchor !== undefined) {
    walk.anchors.add(anchor);
    walk.open.add(anchor);
  }
  if (isSeq(node)) for (const item of node.items) checkNode(item, depth + 1, walk);
  else checkMap(node.items, depth, walk);
  if (anchor !== undefined) walk.open.delete(anchor);
}

function checkMap(items: readonly { key: unknown; value: unknown }[], depth: number, walk: Walk): void {
  const first = new Map<string, number>();
  for (const { key, value } of items) {
    const text = keyText(key);
    const offset = start(key) ?? start(value) ?? 0;
    const earlier = text === undefined ? undefined : first.get(text);
    if (text === undefined) walk.flaw(offset, 'a key must be text; put it in quotes');
    else if (earlier !== undefined) walk.flaw(offset, duplicate(text, walk.at(earlier).line));
    else first.set(text, offset);
    if (text === '<<') walk.flaw(offset, 'merge keys (<<) are not part of YAML 1.2; write the keys out');
    checkNode(key, depth + 1, walk);
    checkNode(value, depth + 1, walk);
  }
}

function duplicate(key: string, line: number): string {
  const shown = /^[\w.-]{1,60}$/.test(key) ? ` "${key}"` : '';
  return `duplicate key${shown}: it stands in line ${line} already; keep one of them`;
}

function checkAlias(name: string, offset: number | undefined, { anchors, open, flaw }: Walk): void {
  if (open.has(name)) flaw(offset ?? 0, 'an alias (*name) stands inside of what it repeats');
  else if (!anchors.has(name)) {
    flaw(
      offset ?? 0,
      'an alias (*name) has no anchor (&name) before it; if it is meant as text, put it in quotes',
    );
  }
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;

function checkScalar(
  value: unknown,
  source: string | undefined,
  offset: number | undefined,
  walk: Walk,
): void {
  if (typeof value === 'string') {
    const why = textFlaw(value);
    if (why !== undefined) walk.flaw(offset ?? 0, why);
  } else if (typeof value === 'number') {
    const whole = source !== undefined && /^[-+]?\d+$/.test(source);
    if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) {
      walk.flaw(offset ?? 0, 'the number cannot be kept exactly; if it is meant as text, put it in quotes');
    }
  }
}

/** What is wrong with a text wherever it comes from: it may end up in a command. */
export function textFlaw(text: string): string | undefined {
  const control = CONTROL.exec(text)?.[0];
  if (control !== undefined) return controlWords(control);
  return /\p{Surrogate}/u.test(text)
    ? 'the text contains half of a surrogate pair; write the character itself'
    : undefined;
}

function controlWords(character: string): string {
  if (character === '\r')
    return 'the text contains a carriage return (CR, \\r), which breaks commands; take it out';
  const code = character.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase();
  const name = code === '0000' ? 'a NUL character' : `the control character U+${code}`;
  return `the text contains ${name}; take it out`;
}

function start(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined;
}
