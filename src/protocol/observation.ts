/** From frames to what they say about a cluster. The parser at this edge: inside, everything is typed. */
import type {
  ClaimFacts,
  ExitMark,
  Hello,
  Liveness,
  OwnerMark,
  StepName,
  StepsMark,
} from '../model/observation.js';
import type { RawAnswer } from '../ports.js';
import { type Frame, words } from './frames.js';

/** Raised when a frame does not have the shape of `wrapper/README.md`: another version, or a broken site. */
export class ProtocolError extends Error {
  constructor(frame: Frame, what: string) {
    super(`the cluster's wrapper said "${frame.kind} ${frame.rest.slice(0, 120)}", which has no ${what}`);
    this.name = 'ProtocolError';
  }
}

export function readHello(frames: readonly Frame[]): Hello {
  const of = (kind: string): string => {
    const frame = frames.find((each) => each.kind === kind);
    if (!frame) throw new ProtocolError({ kind, rest: '', lines: [], errors: [] }, `frame "${kind}"`);
    return frame.rest;
  };
  const mark = of('mark');
  return {
    wrapperVersion: of('hello'),
    host: of('host'),
    clock: Number(of('clock')),
    home: of('home'),
    claimsDir: of('claims'),
    workDir: of('work'),
    ...(mark === '-' ? {} : { mark: Number(mark) }),
  };
}

export function readClaims(frames: readonly Frame[]): ReadonlyMap<string, ClaimFacts> {
  const exits = groupExits(frames);
  const tails = textsOf(frames, 'steptail');
  const refusals = textsOf(frames, 'refusal');
  const claims = new Map<string, ClaimFacts>();
  for (const frame of frames) {
    if (frame.kind !== 'claim') continue;
    const facts = readClaim(frame, exits, tails, refusals);
    claims.set(facts.token, facts);
  }
  return claims;
}

function readClaim(
  frame: Frame,
  exits: ReadonlyMap<string, readonly ExitMark[]>,
  tails: ReadonlyMap<string, string>,
  refusals: ReadonlyMap<string, string>,
): ClaimFacts {
  const [token, nonce, placed, steps, ticket, job, owner, after] = words(frame.rest, 8);
  if (!token || !nonce || !placed || !steps || !ticket || !job || !owner || !after)
    throw new ProtocolError(frame, 'eight words');
  const refused = /^refused:(-?\d+)$/.exec(job)?.[1];
  return {
    token,
    nonce,
    placed: placed === '1',
    steps: readSteps(frame, steps, token, tails),
    after: readSteps(frame, after, token, tails),
    ticket: readTicket(frame, ticket),
    ...(refused !== undefined
      ? { refusal: { exitCode: Number(refused), text: refusals.get(token) ?? '' } }
      : {}),
    ...(refused === undefined && job !== '-' ? { jobId: job } : {}),
    owner: readOwner(frame, owner),
    exits: exits.get(token) ?? [],
  };
}

const STEPS: readonly StepName[] = [
  'source',
  'requirements',
  'compilation',
  'preprocessing',
  'postprocessing',
];

function readSteps(frame: Frame, word: string, token: string, tails: ReadonlyMap<string, string>): StepsMark {
  const [kind, a = '', b = '', c = '', d = ''] = word.split(':');
  switch (kind) {
    case '-':
      return { kind: 'none' };
    case 'done':
      return { kind: 'done' };
    case 'running':
      return {
        kind: 'running',
        maker: readLiveness(frame, a),
        heartbeatAgeSeconds: Number(b),
        host: c,
        turn: Number(d),
      };
    case 'failed': {
      const step = STEPS.find((name) => name === a);
      if (step === undefined) throw new ProtocolError(frame, 'step that is known');
      const tail = tails.get(`${token} ${step}`) ?? '';
      return { kind: 'failed', step, item: Number(b), exitCode: Number(c), tail };
    }
    default:
      throw new ProtocolError(frame, 'word for its steps');
  }
}

function readTicket(frame: Frame, word: string): ClaimFacts['ticket'] {
  if (word === '-') return { kind: 'absent' };
  const waiting = word.startsWith('waiting:');
  const [maker = '', age = ''] = word.slice(waiting ? 'waiting:'.length : 0).split(':');
  return {
    kind: waiting ? 'waiting' : 'made',
    maker: readLiveness(frame, maker),
    ageSeconds: Number(age),
  };
}

function readLiveness(frame: Frame, word: string): Liveness {
  if (word === 'alive' || word === 'dead' || word === 'unknown') return word;
  throw new ProtocolError(frame, 'word for who lives');
}

export function readOwner(frame: Frame, word: string): OwnerMark {
  if (word === '-') return { kind: 'none' };
  if (word === 'fence') return { kind: 'fence' };
  if (word === '?') return { kind: 'unreadable' };
  const [, jobId, restart] = /^job:(.+):(\d+)$/.exec(word) ?? [];
  if (jobId === undefined || restart === undefined) throw new ProtocolError(frame, 'owner');
  return { kind: 'job', jobId, restart: Number(restart) };
}

function groupExits(frames: readonly Frame[]): ReadonlyMap<string, readonly ExitMark[]> {
  const groups = new Map<string, ExitMark[]>();
  for (const frame of frames) {
    if (frame.kind !== 'exit') continue;
    const [token, task, code, item, epoch, jobId, restart] = words(frame.rest, 7);
    if (!token || !jobId || restart === undefined) throw new ProtocolError(frame, 'seven words');
    const mark: ExitMark = {
      task: Number(task),
      exitCode: Number(code),
      item: Number(item),
      endedAtEpochSeconds: Number(epoch),
      jobId,
      restart: Number(restart),
    };
    const group = groups.get(token);
    if (group) group.push(mark);
    else groups.set(token, [mark]);
  }
  return groups;
}

function textsOf(frames: readonly Frame[], kind: string): ReadonlyMap<string, string> {
  return new Map(frames.filter((frame) => frame.kind === kind).map((frame) => [frame.rest, textOf(frame)]));
}

export function textOf(frame: Frame): string {
  return [...frame.lines, ...frame.errors].join('\n');
}

/** The answer about the nodes and when it was taken, in epoch seconds by the cluster's clock; undefined: not reached. */
export function readStatus(frames: readonly Frame[]): { raw: RawAnswer; takenAt: number } | undefined {
  const frame = frames.find((each) => each.kind === 'status');
  if (!frame) return undefined;
  const [code = '', epoch = ''] = words(frame.rest, 2);
  const { lines, errors } = frame;
  // It is never worth more than what was done beside it: nothing is thrown for its sake.
  const sound = /^\d+$/.test(code) && /^\d+$/.test(epoch);
  return { raw: { exitCode: sound ? Number(code) : 1, lines, errors }, takenAt: Number(epoch) };
}

/** The answer of the queue or of accounting, as the workload manager's own parser takes it. */
export function readRaw(frames: readonly Frame[], kind: 'queue' | 'accounting'): RawAnswer {
  const frame = frames.find((each) => each.kind === kind);
  if (!frame || frame.rest === 'none') return { exitCode: 'none', lines: [], errors: [] };
  return { exitCode: Number(frame.rest), lines: frame.lines, errors: frame.errors };
}
