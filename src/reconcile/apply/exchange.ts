/** One cluster's share of a plan as one exchange, and what its frames say was done. */
import type { Clean, Fence, Halt, Review, Settle, Stage, StartSteps, Submit } from '../../model/action.js';
import { type Frame, words } from '../../protocol/frames.js';
import { textOf } from '../../protocol/observation.js';
import { Exchange } from '../../protocol/script.js';

/** The actions that one exchange carries. */
export type ClusterAction = Stage | StartSteps | Review | Submit | Halt | Fence | Settle | Clean;

/** What must be known to word them. By token. */
export interface Wording {
  readonly claimText: (token: string) => string;
  readonly submitArguments: (token: string) => readonly string[];
  /** The batch script that takes the place of the one that was sent with the files; undefined: that one stands. */
  readonly newScript: (token: string) => string | undefined;
  /** What its steps left is to be told as it is submitted. */
  readonly isTold: (token: string) => boolean;
  readonly ledgerLine: (token: string) => string;
  readonly jobDirectory: (token: string) => string;
}

/**
 * The order keeps the promises: what is over leaves first, ends are made before beginnings, claims stand before
 * files, files before steps and submissions.
 * @param mark the installation's number to raise on the cluster; needed when anything is claimed
 */
export function wordExchange(
  actions: readonly ClusterAction[],
  wording: Wording,
  mark: number | undefined,
): Exchange {
  const exchange = new Exchange();
  if (mark !== undefined) exchange.call('mark', String(mark));
  wordEnds(exchange, actions, wording);
  for (const { token } of only(actions, 'review')) exchange.call('told', token);
  wordClaims(exchange, actions, wording);
  if (actions.some(({ kind }) => kind === 'stage')) exchange.call('place');
  for (const { token, when } of only(actions, 'steps'))
    exchange.call('steps', token, ...(when === 'after' ? ['after'] : []));
  const submits = only(actions, 'submit');
  for (const { token } of submits) {
    const script = wording.newScript(token);
    if (wording.isTold(token)) exchange.call('told', token);
    if (script !== undefined) exchange.call('rescript', token, script);
  }
  return exchange.together(
    'submit',
    submits.map(({ token }) => [token, ...wording.submitArguments(token)]),
  );
}

function only<K extends ClusterAction['kind']>(
  actions: readonly ClusterAction[],
  kind: K,
): readonly Extract<ClusterAction, { kind: K }>[] {
  return actions.filter((action): action is Extract<ClusterAction, { kind: K }> => action.kind === kind);
}

function wordEnds(exchange: Exchange, actions: readonly ClusterAction[], wording: Wording): void {
  const settles = only(actions, 'settle');
  const over = settles.filter(({ jobId }) => jobId === undefined);
  for (const { token } of over) exchange.call('settle', token, wording.ledgerLine(token));
  if (over.length > 0) exchange.call('settled');
  for (const { token, jobId } of settles) if (jobId !== undefined) exchange.call('cancel', token, jobId);
  for (const { token } of only(actions, 'clean')) exchange.call('clean', token, wording.jobDirectory(token));
  for (const { token, jobId } of only(actions, 'fence')) {
    exchange.call('fence', token);
    if (jobId !== undefined) exchange.call('cancel', token, jobId);
  }
  for (const { token, jobId } of only(actions, 'halt')) exchange.call('cancel', token, jobId);
}

/** What is begun stands behind its claim, made now or found there. */
function wordClaims(exchange: Exchange, actions: readonly ClusterAction[], wording: Wording): void {
  const fresh = only(actions, 'stage').filter(({ resume }) => !resume);
  for (const { token } of fresh) exchange.call('claim', token, wording.claimText(token));
  if (fresh.length > 0) exchange.call('claims');
  const held = new Set(fresh.map(({ token }) => token));
  for (const { kind, token } of actions) {
    const needsHold = kind === 'stage' || kind === 'steps' || kind === 'submit';
    if (!needsHold || held.has(token)) continue;
    held.add(token);
    exchange.call('hold', token);
  }
}

/** What the frames say happened to one attempt; absent fields were not said, so they are unknown. */
export interface TokenReport {
  readonly claimed: boolean;
  /** Why its claim was not linked: nothing of it is there. */
  readonly unclaimed?: string;
  readonly placed: boolean;
  readonly stepping: boolean;
  readonly jobId?: string;
  readonly refusal?: { readonly exitCode: number; readonly text: string };
  readonly fenced: boolean;
  readonly settled: boolean;
  readonly cleaned: boolean;
  /** Words for a person: a fault, another's claim, an answer that was not understood. */
  readonly notes: readonly string[];
}

export interface ExchangeReport {
  readonly tokens: ReadonlyMap<string, TokenReport>;
  /** Another state has gone further than ours on this cluster: nothing after the mark ran. */
  readonly staleMark?: number;
  /** Faults that belong to no attempt. */
  readonly faults: readonly string[];
}

type Draft = { -readonly [K in keyof TokenReport]: TokenReport[K] } & { notes: string[] };

export function readReport(frames: readonly Frame[]): ExchangeReport {
  const drafts = new Map<string, Draft>();
  const faults: string[] = [];
  let staleMark: number | undefined;
  const draft = (token: string): Draft => {
    const known = drafts.get(token);
    if (known) return known;
    const made: Draft = {
      claimed: false,
      placed: false,
      stepping: false,
      fenced: false,
      settled: false,
      cleaned: false,
      notes: [],
    };
    drafts.set(token, made);
    return made;
  };
  for (const frame of frames) {
    if (frame.kind === 'stale') staleMark = Number(frame.rest);
    else if (frame.kind === 'fault') faults.push([frame.rest, textOf(frame)].filter(Boolean).join(': '));
    else readTokenFrame(frame, draft);
  }
  return { tokens: drafts, faults, ...(staleMark === undefined ? {} : { staleMark }) };
}

function readTokenFrame(frame: Frame, draft: (token: string) => Draft): void {
  const [token = '', detail = ''] = words(frame.rest, 2);
  switch (frame.kind) {
    case 'claimed':
    case 'holds':
      draft(token).claimed = true;
      return;
    case 'placed':
      draft(token).placed = true;
      return;
    case 'stepping':
      draft(token).stepping = true;
      return;
    case 'submitted':
      draft(token).jobId = detail;
      return;
    case 'refused':
      draft(token).refusal = { exitCode: Number(detail), text: textOf(frame) };
      return;
    case 'unknown':
      draft(token).notes.push(
        `the submission gave no clear answer (${textOf(frame).trim() || `code ${detail}`})`,
      );
      return;
    case 'unclaimed':
      draft(token).unclaimed = detail;
      return;
    case 'follows':
      draft(token).notes.push('another holds it there');
      return;
    case 'over':
      draft(token).notes.push('the ledger there has it: another state of this installation has settled it');
      return;
    case 'fenced':
      draft(token).fenced = true;
      return;
    case 'owned':
      draft(token).notes.push(`its job has begun there (${detail})`);
      return;
    case 'cancelled':
      if (detail !== '0')
        draft(token).notes.push(`the cancellation said: ${textOf(frame).trim() || `code ${detail}`}`);
      return;
    case 'settled':
      draft(token).settled = true;
      return;
    case 'cleaned':
      draft(token).cleaned = true;
      return;
    default:
      return;
  }
}
