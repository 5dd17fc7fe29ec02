/**
 * A job that the state does not know. Whoever may hold something of it is asked, and what a pass would find out about the
 * job is found out on a copy of the state that is thrown away: a question writes nothing.
 */
import { didYouMean } from '../documents/words.js';
import type { Action, Plan, Review } from '../model/action.js';
import type { RunRecord } from '../model/run.js';
import type { Facts } from '../plan/facts.js';
import { currentSpec } from '../plan/situation.js';
import { Exchange } from '../protocol/script.js';
import { readTold } from '../protocol/told.js';
import type { Store } from '../store/store.js';
import { record } from './apply/record.js';
import { recordReview } from './apply/review.js';
import type { Context } from './context.js';
import { beginRecovery } from './memory.js';
import { prepare } from './pass.js';
import { siteOf } from './sites.js';

/** No run bears that name or UUID. */
export class UnknownJob extends Error {
  override readonly name = 'UnknownJob';
}

/**
 * The latest run of a name, or the run of a UUID, as the clusters remember it: as their ledgers tell how it ended, or as
 * it stands now. One that is over and that nobody has fetched yet is given as over.
 * @throws {UnknownJob} with the clusters that could not be asked
 */
export async function lookUp(context: Context, target: string): Promise<RunRecord> {
  if (!context.hasInstallation) throw new UnknownJob(withoutInstallation(target));
  const copy = context.rehearsal();
  try {
    // Nothing that the copy learns survives it.
    const rehearsed: Context = { ...context, store: copy, forgetful: true };
    beginRecovery(rehearsed, `the state has no job "${target}": the clusters are asked for what they hold`);
    const { plan, facts } = await prepare(rehearsed, undefined);
    const found = latest(copy, target);
    if (!found) throw new UnknownJob(unknown(target, copy, facts));
    const { uuid, name } = found.run;
    conclude(rehearsed, await actionsOf(rehearsed, uuid, plan));
    const where = found.attempts.at(-1)?.cluster;
    context.story({ level: 'info', job: name, text: `this state does not know it, and ${where ?? ''} does` });
    return copy.records.byUuid(uuid) ?? found;
  } finally {
    copy.close();
  }
}

/** Before the job, and after it. */
const MOST_REVIEWS = 2;
const TOLD_DEADLINE_MS = 120_000;

/** What a pass would do for the job, once what its steps left has been heard: that decides how it stands and what it gives. */
async function actionsOf(context: Context, uuid: string, first: Plan): Promise<readonly Action[]> {
  let { actions } = first;
  for (let round = 0; round < MOST_REVIEWS; round += 1) {
    const review = actions.find(
      (action): action is Review => action.kind === 'review' && action.uuid === uuid,
    );
    if (!review || !(await hear(context, review))) break;
    ({ actions } = (await prepare(context, undefined)).plan);
  }
  return actions.filter((action) => action.uuid === uuid);
}

async function hear(context: Context, review: Review): Promise<boolean> {
  const record = context.store.records.byUuid(review.uuid);
  if (!record) return false;
  const { login } = currentSpec(record, undefined);
  const agent = context.agent(siteOf(context.inventory, review.cluster, login));
  const asked = new Exchange().call('told', review.token);
  const { frames } = await agent.send(asked, { deadlineMs: TOLD_DEADLINE_MS });
  const told = readTold(frames).get(review.token);
  if (!told?.complete) return false;
  recordReview({ ...context, story: () => undefined }, review, told);
  return true;
}

/** Read back all at once, runs of one name are as old as each other: what tells them apart is when they were sent. */
function latest({ records }: Store, target: string): RunRecord | undefined {
  const sentAt = ({ attempts }: RunRecord): number => attempts.at(-1)?.createdAt ?? 0;
  const named = records.light().filter(({ name }) => name === target);
  const [newest] = named
    .flatMap(({ uuid }) => records.byUuid(uuid) ?? [])
    .toSorted((a, b) => sentAt(b) - sentAt(a));
  return newest ?? records.find(target);
}

/** What is known of the job by now; nothing is begun and nothing ended. */
function conclude(context: Context, actions: readonly Action[]): void {
  const known = ['adopt', 'conclude', 'progress', 'wait', 'hold', 'finish'];
  record(
    { ...context, story: () => undefined },
    actions.filter(({ kind }) => known.includes(kind)),
    new Map(),
  );
  for (const action of actions)
    if (action.kind === 'fetch' && action.then !== undefined)
      context.store.runs.update(action.uuid, action.then);
}

function unknown(target: string, copy: Store, { sites }: Facts): string {
  const words = `there is no job "${target}" in this state`;
  const silent = silentOf(sites);
  const [first] = silent;
  const which = `${words}, and of the clusters that may know it`;
  if (silent.length === 1 && first) return `${which}, ${first[0]} could not be asked: ${first[1]}`;
  if (silent.length > 1)
    return `${which}, ${silent.length} could not be asked: ${silent.map((each) => each.join(': ')).join('; ')}`;
  return `${words}, and no cluster knows it${didYouMean(target, copy.records.names())}`;
}

/** Whose memory was not read, and why. */
function silentOf(sites: Facts['sites']): readonly (readonly [site: string, why: string])[] {
  return [...sites].flatMap(([key, { reach, recalled }]): [string, string][] => {
    if (reach.kind === 'unreachable') return [[key, reach.why]];
    return recalled ? [] : [[key, 'what it holds could not be read']];
  });
}

function withoutInstallation(target: string): string {
  return (
    `there is no job "${target}" in this state, and no cluster can be asked for it: they know a job by its ` +
    `installation, and this project has no id yet. Put the line "installation: ID" into sluice.yaml, with the id that ` +
    `was in use when the job was submitted`
  );
}
