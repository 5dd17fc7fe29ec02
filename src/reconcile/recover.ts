/**
 * Memory outside the database (SPEC §7): runs and attempts are rebuilt from the claims and the ledger of the clusters.
 * Only what is missing is added; what the database has stays.
 */
import { type Attempt, isEnded, isOwed, type Run } from '../model/run.js';
import { type Claim, parseClaim } from '../protocol/claim.js';
import type { Frame } from '../protocol/frames.js';
import { type LedgerLine, parseLedgerLine } from '../protocol/ledger.js';
import { Exchange } from '../protocol/script.js';
import type { Store } from '../store/store.js';
import { type Context, messageOf } from './context.js';
import type { Site } from './sites.js';

const RECALL_DEADLINE_MS = 120_000;

/**
 * Reads all that a site knows of this installation. What the store has stays; in `store.clusters` stands when it was.
 * @returns whether the site's memory is now in ours
 */
export async function recall(context: Context, site: Site): Promise<boolean> {
  const name = site.cluster;
  try {
    const agent = context.agent(site);
    const reply = await agent.send(new Exchange().call('recall'), { deadlineMs: RECALL_DEADLINE_MS });
    if (!reply.complete) throw new Error(reply.why);
    const { claims, ledger } = readMemory(reply.frames, context.installation);
    rebuild(context, site, claims, ledger);
    const found = claims.length + ledger.length;
    context.story({ level: 'info', cluster: name, text: `read back ${found} attempts of this installation` });
    return true;
  } catch (error) {
    context.story({
      level: 'warning',
      cluster: name,
      text: `its claims could not be read back: ${messageOf(error)}`,
    });
    return false;
  }
}

/** @throws when any of it is damaged: what cannot be read may be of a job that runs, and must not run again. */
function readMemory(
  frames: readonly Frame[],
  installation: string,
): { readonly claims: readonly Claim[]; readonly ledger: readonly LedgerLine[] } {
  const recalled = frames.filter((frame) => frame.kind === 'recall');
  const claims = recalled.flatMap((frame) => parseClaim(frame.lines) ?? []);
  const lines = frames.filter((frame) => frame.kind === 'ledger').flatMap((frame) => frame.lines);
  const ledger = lines.flatMap((line) => parseLedgerLine(line) ?? []);
  const folder = `${frames.find((frame) => frame.kind === 'claims')?.rest ?? ''}/${installation}`;
  // A claim is linked to its place only when it stands whole on the disk.
  const bad = recalled.find((frame) => parseClaim(frame.lines) === undefined);
  if (bad)
    throw new Error(
      `${folder}/claims/${bad.rest} is damaged: look at it, and take it away if its job is over`,
    );
  const known = new Set([...claims, ...ledger].map(({ token }) => token));
  const torn = lines
    .filter((line) => line.startsWith('1 ') && parseLedgerLine(line) === undefined)
    .find((line) => !known.has(/"token":"([^"]*)"/.exec(line)?.[1] ?? ''));
  // One whose claim stands, or which was written again, is no loss.
  if (torn) throw new Error(`${folder}/ledger has a damaged line, which begins: ${torn.slice(0, 100)}`);
  return { claims, ledger };
}

/** Oldest first. */
function inOrder(a: Pick<Claim, 'generation' | 'attempt'>, b: Pick<Claim, 'generation' | 'attempt'>): number {
  return a.generation - b.generation || a.attempt - b.attempt;
}

/** In one transaction: all that one site knows. */
function rebuild(
  context: Context,
  site: Site,
  claims: readonly Claim[],
  ledger: readonly LedgerLine[],
): void {
  const { store } = context;
  store.transaction(() => {
    const settled = ledger.toSorted(inOrder);
    for (const line of settled) if (!isTwin(context, line)) addSettled(store, line);
    for (const claim of claims.toSorted(inOrder)) if (!isTwin(context, claim)) addLive(store, claim);
    for (const line of settled) endRun(store, line);
    store.clusters.patch(site.key, { recalledAt: store.now() });
  });
}

/**
 * The same attempt on two clusters: two states of the installation began the run, each before it could hear of the
 * other. What is known first is followed; a person is told of the other, as both may have run.
 */
function isTwin(
  { store, story }: Context,
  found: Pick<Claim, 'token' | 'uuid' | 'name' | 'cluster'>,
): boolean {
  const known = store.attempts.byToken(found.token);
  if (known === undefined || known.cluster === found.cluster) return false;
  const text =
    `${found.cluster} holds it too, as ${found.token}, though ${known.cluster} has it: two copies of this installation ` +
    `began it. Look at that one there, and cancel what runs twice`;
  story({ level: 'warning', job: found.name, cluster: found.cluster, text });
  store.events.append({ kind: 'twin', actor: 'recovery', runUuid: found.uuid, message: text });
  return true;
}

type Known = Pick<
  Claim,
  'uuid' | 'name' | 'run' | 'generation' | 'hash' | 'candidates' | 'manifestFile' | 'specJson' | 'stagedJson'
> &
  Partial<Pick<Claim, 'commit' | 'author' | 'part'>>;

/** What the cluster carries out is the run, whatever its manifest says today; see `planLive`. */
function ensureRun(store: Store, known: Known): Run {
  const { uuid, name, run, generation, hash, candidates, manifestFile, specJson, stagedJson } = known;
  // What they wrote is not on the clusters as such: before another attempt they run anew.
  const staged = stagedJson === undefined ? {} : { staged: { specJson: stagedJson, files: [] } };
  const { commit = '', author, part } = known;
  const from = commit === '' ? {} : { commit, ...(author === undefined ? {} : { author }) };
  const only = part === undefined ? {} : { part };
  const found = store.runs.byUuid(uuid);
  if (found && store.attempts.ofRun(uuid).length > 0) return found;
  if (found) store.runs.keepManifest(uuid, { hash, candidates, manifestFile, specJson, ...staged, ...from });
  const made =
    found ??
    store.runs.create(
      {
        ...{
          uuid,
          name,
          run,
          generation,
          hash,
          candidates,
          manifestFile,
          specJson,
          ...staged,
          ...from,
          ...only,
        },
        phase: 'Pending',
        reason: 'Accepted',
        message: 'read back from its claim on the cluster',
        conditions: [],
      },
      { actor: 'recovery' },
    );
  // Its owner was told when it went there.
  store.news.tell(uuid, 'found');
  return made;
}

function addLive(store: Store, claim: Claim): void {
  const run = ensureRun(store, claim);
  if (store.attempts.byToken(claim.token)) return;
  addDebts(store, claim);
  endOlder(store, claim.uuid, claim.attempt);
  const newer = store.attempts.ofRun(claim.uuid).some((attempt) => attempt.number > claim.attempt);
  const stale = newer || isEnded(run.phase);
  store.attempts.create(
    {
      runUuid: claim.uuid,
      number: claim.attempt,
      cluster: claim.cluster,
      token: claim.token,
      state: 'intended',
      nonce: claim.nonce,
      hash: claim.hash,
      jobDirectory: claim.jobDirectory,
      workingDirectory: claim.workingDirectory,
      taskStates: [],
      jobStatus: {},
      createdAt: claim.createdAt,
      ...(claim.fromHere === undefined ? {} : { fromHere: claim.fromHere }),
      ...(claim.tasks === undefined ? {} : { tasks: claim.tasks }),
      ...(stale ? leftOver(store, claim) : {}),
    },
    { actor: 'recovery' },
  );
}

/**
 * A script that slept through its run's end can leave such a claim: it is settled, and never carried out. One that was
 * granted beside a lost cluster may well run, while the run was followed there: then it is owed itself.
 */
function leftOver(store: Store, { debts = [] }: Claim): Partial<Attempt> {
  if (debts.length > 0) return { owedSince: store.now() };
  return { state: 'ended', outcome: 'fenced', reason: 'OutcomeUnknown', endedAt: store.now() };
}

/** What its run owes to clusters that were lost then. They are asked first thing, whether or not they were read back. */
function addDebts(store: Store, { uuid, debts = [] }: Pick<Claim, 'uuid' | 'debts'>): void {
  for (const { number, owedSince, ...debt } of debts) {
    const known = store.attempts.get(uuid, number);
    if (known === undefined) {
      const attempt = {
        ...debt,
        runUuid: uuid,
        number,
        owedSince,
        state: 'intended',
        nonce: 'debt',
      } as const;
      store.attempts.create({ ...attempt, taskStates: [], jobStatus: {} }, { actor: 'recovery' });
    } else if (known.state !== 'ended') {
      store.attempts.patch(uuid, number, { owedSince }, { actor: 'recovery' });
    }
  }
}

/** But for what is owed, a later attempt is made only when the one before is known dead: its being there is the evidence. */
function endOlder(store: Store, uuid: string, number: number): void {
  for (const attempt of store.attempts.ofRun(uuid)) {
    if (attempt.number >= number || attempt.state === 'ended' || isOwed(attempt)) continue;
    store.attempts.patch(uuid, attempt.number, {
      state: 'ended',
      outcome: 'fenced',
      reason: 'OutcomeUnknown',
      message: 'ended before the state was lost: a later attempt was made, or the run had ended',
      endedAt: store.now(),
    });
  }
}

function addSettled(store: Store, line: LedgerLine): void {
  ensureRun(store, line);
  const known = store.attempts.byToken(line.token);
  const { outcome, reason, message, endedAt, taskStates, tasks, exitCodes, results } = line;
  const times = {
    settledAt: store.now(),
    ...(line.fetchedAt > 0 ? { fetchedAt: line.fetchedAt } : {}),
    ...(results === undefined ? {} : { results }),
  };
  const jobStatus: Attempt['jobStatus'] = exitCodes === undefined ? {} : { ExitCode: exitCodes };
  if (known) {
    const end = known.state === 'ended' ? {} : { state: 'ended' as const, outcome, reason, message, endedAt };
    const settled = known.settledAt === undefined ? times : {};
    store.attempts.patch(line.uuid, line.attempt, { ...end, ...settled });
    return;
  }
  addDebts(store, line);
  endOlder(store, line.uuid, line.attempt);
  store.attempts.create(
    {
      ...{
        runUuid: line.uuid,
        number: line.attempt,
        cluster: line.cluster,
        token: line.token,
        hash: line.hash,
      },
      ...{ state: 'ended', outcome, reason, message, endedAt, taskStates, nonce: 'ledger', jobStatus },
      ...{
        jobDirectory: line.jobDirectory,
        workingDirectory: line.workingDirectory,
        createdAt: line.createdAt,
      },
      ...(tasks === undefined ? {} : { tasks }),
      ...(line.jobId === '' ? {} : { jobId: line.jobId }),
      ...(line.preparedJson === undefined ? {} : { preparedJson: line.preparedJson }),
      ...(line.source === undefined ? {} : { source: line.source }),
      ...times,
    },
    { actor: 'recovery' },
  );
}

/** An end that the ledger calls the run's own: whatever else is claimed for the run anywhere is left over. */
function endRun(store: Store, line: LedgerLine): void {
  if (line.runPhase === undefined) return;
  endOlder(store, line.uuid, Infinity);
  const { phase } = store.runs.byUuid(line.uuid) ?? {};
  // It ended here before that was read, where it had gone on elsewhere: an end stays.
  if (phase === undefined || isEnded(phase)) return;
  store.runs.update(
    line.uuid,
    { phase: line.runPhase, reason: line.reason, message: line.message },
    { actor: 'recovery' },
  );
  // Who wrote that line has told it.
  store.news.tell(line.uuid, line.runPhase);
}
