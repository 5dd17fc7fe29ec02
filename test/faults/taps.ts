/** Puts points around all that a child does to the world: its store, its files, its channels. */
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Readable, Writable } from 'node:stream';
import type { Channel, Transport } from '../../src/ports.js';
import { Store } from '../../src/store/store.js';
import type { Fault } from './fault.js';
import type { Points } from './points.js';

/** Before, inside and after each outermost transaction, named by who asked for it. */
export function tapStore(points: Points): void {
  // Called below with its own `this`.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const plain = Store.prototype.transaction;
  let depth = 0;
  Store.prototype.transaction = function tapped<T>(this: Store, work: () => T): T {
    if (depth > 0) return plain.call(this, work) as T;
    const who = asker();
    points.at(`transaction of ${who}: before`);
    depth += 1;
    try {
      return plain.call(this, () => {
        const result = work();
        points.at(`transaction of ${who}: inside`);
        return result;
      }) as T;
    } finally {
      depth -= 1;
      points.at(`transaction of ${who}: after`);
    }
  };
}

/** Before and after each rename: the moments at which a lineage or a result takes its place. */
export function tapFiles(points: Points): void {
  const { renameSync } = fs;
  const { rename } = promises;
  fs.renameSync = (from, to) => {
    const who = asker();
    points.at(`rename of ${who}: before`);
    renameSync(from, to);
    points.at(`rename of ${who}: after`);
  };
  promises.rename = async (from, to) => {
    points.at('rename of results: before');
    await rename(from, to);
    points.at('rename of results: after');
  };
  syncBuiltinESMExports();
}

/** The innermost function of the product on the stack that is not of the store's own tables. */
function asker(): string {
  const lines = (new Error().stack ?? '').split('\n');
  const ours = lines.filter((line) => line.includes('/src/') && !/\/src\/store\/(?!lineage)/.test(line));
  return /at (?:async )?(?:Object\.)?([\w.#<>]+)/.exec(ours[0] ?? '')?.[1] ?? 'somebody';
}

export function tapTransport(transport: Transport, points: Points, fault: Fault): Transport {
  const sabotage = saboteur(fault, () => (points.struck = true));
  return {
    get counts() {
      return transport.counts;
    },
    get address() {
      return transport.address;
    },
    close: () => transport.close(),
    open: async (options) => {
      points.at('channel: before it opens');
      const channel = await transport.open(options);
      points.at('channel: open');
      return tapChannel(channel, points, sabotage);
    },
  };
}

/** The first script that calls the verb gets the text, the later ones are left alone; every one gets the PATH. */
function saboteur({ sabotage, path }: Fault, strike: () => void): (script: string) => string {
  let done = false;
  const detour = path === undefined ? '' : `PATH=${path}:$PATH; export PATH\n`;
  return (script) => {
    const struck = !done && sabotage !== undefined && callsOf(script).includes(sabotage.verb);
    done ||= struck;
    if (struck) strike();
    const text = `${detour}${struck ? `${sabotage.text}\n` : ''}`;
    return script.replace(/\nsluice_exchange; exit\n/, () => `\n${text}sluice_exchange; exit\n`);
  };
}

function tapChannel(channel: Channel, points: Points, sabotage: (script: string) => string): Channel {
  const about = { exchange: '' };
  return {
    stdin: tapInput(channel.stdin, points, sabotage, about),
    stdout: Readable.from(tapOutput(channel.stdout, points, about), { objectMode: false }),
    end: channel.end.then((end) => {
      points.at(`${about.exchange}: ended`);
      return end;
    }),
    abort: (why) => channel.abort(why),
  };
}

/** The script comes in one chunk, the payload in those after it. */
function tapInput(
  stdin: Writable,
  points: Points,
  sabotage: (script: string) => string,
  about: { exchange: string },
): Writable {
  let chunks = 0;
  const write = (chunk: Buffer): Promise<void> =>
    new Promise((resolve) => {
      stdin.write(chunk, () => resolve());
    });
  const inHalves = async (what: string, chunk: Buffer): Promise<void> => {
    points.at(`${about.exchange}: before the ${what}`);
    await write(chunk.subarray(0, chunk.length / 2));
    points.at(`${about.exchange}: half the ${what}`);
    await write(chunk.subarray(chunk.length / 2));
    points.at(`${about.exchange}: after the ${what}`);
  };
  const take = (chunk: Buffer): Promise<void> => {
    chunks += 1;
    if (chunks > 2) return write(chunk);
    if (chunks === 2) return inHalves('payload', chunk);
    const script = sabotage(chunk.toString());
    about.exchange = verbsOf(script);
    return inHalves('script', Buffer.from(script));
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => void take(chunk).then(() => done()),
    final: (done) => {
      stdin.end();
      done();
    },
  });
}

/** The exchange by what it does: its verbs, once each. */
function verbsOf(script: string): string {
  const verbs = new Set(callsOf(script));
  for (const plain of ['begin', 'bye', 'exchange', 'turns', 'submit', 'status']) verbs.delete(plain);
  return [...verbs].join('+');
}

/** What stands before the beginning may be the wrapper's own text. */
function callsOf(script: string): readonly string[] {
  const calls = script.slice(script.lastIndexOf('\nsluice_begin ')).matchAll(/^sluice_([a-z]+)/gm);
  return [...calls].map(([, verb = '']) => verb);
}

/** With `hello` they make one greeting: one point will do. */
const GREETING = ['host', 'clock', 'home', 'claims', 'work', 'mark'];

/** A point before each frame is handed on; what follows `stream` is no text. */
async function* tapOutput(
  stdout: Readable,
  points: Points,
  about: { exchange: string },
): AsyncGenerator<Buffer> {
  let streaming = false;
  let pending = Buffer.alloc(0);
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, chunk]);
    for (let end = pending.indexOf(10); end >= 0 && !streaming; end = pending.indexOf(10)) {
      const line = pending.subarray(0, end + 1);
      pending = pending.subarray(end + 1);
      const kind = /^@\S+ ([a-z]+)/.exec(line.toString())?.[1];
      if (kind !== undefined && !GREETING.includes(kind)) points.at(`${about.exchange}: said ${kind}`);
      streaming = kind === 'stream';
      yield line;
    }
    if (!streaming) continue;
    if (pending.length > 0) yield pending;
    pending = Buffer.alloc(0);
  }
  if (pending.length > 0) yield pending;
}
