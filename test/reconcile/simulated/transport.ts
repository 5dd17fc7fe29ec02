/** The way to a simulated cluster: a channel that is refused, cut, muted, or whose near end is killed, as told. */
import { createHash } from 'node:crypto';
import { PassThrough, Writable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { packEntries } from '../../../src/bundle/pack.js';
import { type Channel, type ChannelEnd, type Transport, TransportFailure } from '../../../src/ports.js';
import { type Call, callsOf, Script, type SimCluster } from './cluster.js';

export type Fault =
  | { readonly kind: 'none' }
  /** Nothing is sent. */
  | { readonly kind: 'refuse' }
  /**
   * The script runs so many steps and then stops, for good or until it is woken; so many lines of its reply arrive. Or it
   * runs to its end (`steps` undefined) and only the reply is cut. `kill`: the near process is killed with it.
   */
  | {
      readonly kind: 'cut';
      readonly steps?: number;
      readonly lines: number;
      readonly sleeps: boolean;
      readonly kill: boolean;
    };

/** The near process is no more: nothing of what came back is recorded. */
export class Killed extends Error {}

export interface Line {
  readonly fault: () => Fault;
  /** A script that was cut off and lives. */
  readonly sleeps: (script: Script) => void;
  /** What is sent, before it runs. */
  readonly sees: (calls: readonly Call[]) => void;
}

const END_OF_SCRIPT = '\nsluice_exchange; exit\n';

export function simulatedTransport(cluster: SimCluster, line: Line): Transport {
  const counts = { connections: 0, roundTrips: 0, bytesUp: 0, bytesDown: 0 };
  return {
    address: cluster.name,
    counts,
    open: () => {
      const fault = line.fault();
      cluster.tried += 1;
      if (cluster.refusal !== undefined)
        return Promise.reject(new TransportFailure(cluster.refusal, `${cluster.name}: go away`));
      if (fault.kind === 'refuse' || !cluster.reachable)
        return Promise.reject(new TransportFailure('unreachable', `${cluster.name}: timed out`));
      counts.roundTrips += 1;
      return Promise.resolve(channelTo(cluster, fault, line));
    },
    close: () => Promise.resolve(),
  };
}

function channelTo(cluster: SimCluster, fault: Exclude<Fault, { kind: 'refuse' }>, line: Line): Channel {
  const stdout = new PassThrough();
  let linesLeft = fault.kind === 'cut' ? fault.lines : Infinity;
  let stepsLeft = fault.kind === 'cut' ? (fault.steps ?? Infinity) : Infinity;
  const say = (text: string): void => {
    if (linesLeft > 0) stdout.write(`${text}\n`);
    linesLeft -= 1;
  };
  let settle: (end: ChannelEnd | Killed) => void = () => undefined;
  const end = new Promise<ChannelEnd>((resolve, reject) => {
    settle = (how) => {
      if (how instanceof Killed) reject(how);
      else resolve(how);
    };
  });
  end.catch(() => undefined); // told to whom it concerns
  let script: Script | undefined;
  let received = '';
  let payload: Buffer[] | undefined;

  const lose = (): void => {
    if (fault.kind === 'cut' && fault.sleeps && script?.alive) line.sleeps(script);
    else if (script) script.alive = false;
    stdout.end();
    settle(
      fault.kind === 'cut' && fault.kill
        ? new Killed('killed')
        : { kind: 'lost', why: 'the line went dead', stderr: '' },
    );
  };
  const over = async (): Promise<void> => {
    if (fault.kind === 'cut') {
      lose();
      return;
    }
    if (script?.streamed) await stream(script.streamed, stdout);
    stdout.end();
    settle({ kind: 'exited', code: 0, stderr: '' });
  };
  const drive = (): void => {
    for (;;) {
      if (stepsLeft <= 0) {
        lose();
        return;
      }
      stepsLeft -= 1;
      const went = script?.step();
      if (went === 'over') {
        void over();
        return;
      }
      if (went === 'payload' && linesLeft < 0) {
        lose(); // it waits for what nobody was told to send
        return;
      }
      if (went === 'payload') {
        payload = [];
        return;
      }
    }
  };
  const stdin = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (payload) payload.push(chunk);
      else if (!script) {
        received += chunk.toString();
        if (received.endsWith(END_OF_SCRIPT)) {
          const calls = callsOf(received);
          line.sees(calls);
          script = new Script(cluster, calls, say);
          cluster.begins(
            calls.map(({ verb }) => verb),
            () => setImmediate(drive),
          );
        }
      }
      done();
    },
    final(done) {
      if (payload && script) {
        script.payload = tokensOf(Buffer.concat(payload));
        payload = undefined;
        setImmediate(drive);
      }
      done();
    },
  });
  return { stdin, stdout, end, abort: lose };
}

async function stream(files: readonly { path: string; text: string }[], into: PassThrough): Promise<void> {
  const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
  const sums = files.map(({ path, text }) => `${sum(text)}  ${path}\n`).join('');
  const entries = [{ path: 'sums', text: sums }, ...files];
  const packed = packEntries(entries.map((entry) => ({ kind: 'text', executable: false, ...entry })));
  for await (const chunk of packed) into.write(chunk);
}

/** The attempts whose directories a payload brings. */
function tokensOf(packed: Buffer): ReadonlySet<string> {
  const tar = gunzipSync(packed);
  const tokens = new Set<string>();
  for (let at = 0; at + 512 <= tar.length;) {
    const header = tar.subarray(at, at + 512);
    const name = header.subarray(0, 100).toString().replace(/\0.*$/s, '');
    const size = parseInt(header.subarray(124, 136).toString().replace(/\0/g, '').trim() || '0', 8);
    const [token = ''] = name.split('/');
    if (token !== '' && token !== 'PaxHeader') tokens.add(token);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return tokens;
}
