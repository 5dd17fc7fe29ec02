/** From a path of keys to a place in the text. */
import { isAlias, isMap, isScalar, isSeq } from 'yaml';
import type { Document, Pair, YAMLMap } from 'yaml';
import type { Path } from './problem.js';

/** A key of a map as the reader sees it: `1:` and `"1":` are the same. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  const { value } = key;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Finds values of one document by their keys; remembers the keys of the maps that it passed. */
export class Locator {
  readonly #document: Document;
  readonly #keys = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>();

  constructor(document: Document) {
    this.#document = document;
  }

  /** Offset of a value, of its key, or of the nearest thing above it that exists. */
  offset(path: Path, what: 'key' | 'value'): number | undefined {
    let node: unknown = this.#document.contents;
    let offset = offsetOf(node);
    for (const [depth, key] of path.entries()) {
      const step = this.#child(node, key);
      if (step === undefined) return offset;
      const ownKey = step.pair === undefined ? undefined : offsetOf(step.pair.key);
      const own = offsetOf(step.node);
      const wantsKey = what === 'key' && depth === path.length - 1;
      offset = wantsKey ? (ownKey ?? own ?? offset) : (own ?? ownKey ?? offset);
      node = step.node;
    }
    return offset;
  }

  /** A scalar's own text, before YAML makes a number or a boolean of it. */
  literal(path: Path): string | undefined {
    let node: unknown = this.#document.contents;
    for (const key of path) node = this.#child(node, key)?.node;
    const resolved = isAlias(node) ? node.resolve(this.#document) : node;
    if (!isScalar(resolved)) return undefined;
    return typeof resolved.value === 'string' ? resolved.value : (resolved.source ?? String(resolved.value));
  }

  #child(parent: unknown, key: string): { readonly node: unknown; readonly pair?: Pair } | undefined {
    const node = isAlias(parent) ? parent.resolve(this.#document) : parent;
    if (isSeq(node)) {
      const item = node.items[Number(key)];
      return item === undefined ? undefined : { node: item };
    }
    if (!isMap(node)) return undefined;
    const pair = this.#pairs(node).get(key);
    return pair === undefined ? undefined : { node: pair.value, pair };
  }

  #pairs(map: YAMLMap): ReadonlyMap<string, Pair> {
    const known = this.#keys.get(map);
    if (known !== undefined) return known;
    const pairs = new Map(map.items.flatMap((pair) => [[keyText(pair.key) ?? '', pair] as const]));
    this.#keys.set(map, pairs);
    return pairs;
  }
}

function offsetOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node)) return undefined;
  const { range } = node;
  return Array.isArray(range) && typeof range[0] === 'number' ? range[0] : undefined;
}
