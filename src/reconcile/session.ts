/** What a command can do with an open project: plan, pass, wait, look, cancel, fetch again. */
import type { Project } from '../config/project.js';
import type { Action } from '../model/action.js';
import type { JobSpec } from '../model/job.js';
import { currentSpec, specForNext } from '../plan/situation.js';
import { comesToNothing, isEnded, type RunRecord } from '../model/run.js';
import { openDoor, type Door } from '../requests/door.js';
import type { Decision, Request } from '../requests/request.js';
import type { Store } from '../store/store.js';
import { directoriesOf, renderJob } from './apply/materials.js';
import { type Context, type Manner, THOROUGHLY } from './context.js';
import { type CheckOptions, examine } from './doctor.js';
import type { Finding } from './findings.js';
import { observeSite } from './observe.js';
import { tailLog, type TailOptions } from './logs.js';
import { lookUp, UnknownJob } from './look-up.js';
import { tellAll } from './owners.js';
import { scopeOf } from './gather.js';
import { whyNotAgain, whyNoTasksAgain } from './generations.js';
import { takeUpHere } from './here.js';
import { type Passed, prepare, type Prepared, runPass } from './pass.js';
import type { ClusterStanding, PassReport, PlanReport } from './report.js';
import { approve, decide, type TakenUp, takeUp } from './requests.js';
import { type Collected, retrieveAll } from './retrieve.js';
import { whyNotResolved } from './resolve.js';
import { type Site, siteOf } from './sites.js';
import { clusterStandings } from './standings.js';

interface Ends {
  /** Keeps what was learnt of the clusters. */
  readonly remember: () => void;
  readonly sources: {
    readonly follow: (onNews: () => void) => void;
    readonly wake: (isMeant?: (url: string) => boolean) => void;
  };
  /** Ends all connections, and with them what is under way on them. */
  readonly disconnect: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface Retrieved extends Collected {
  readonly record: RunRecord;
}

export interface WaitOptions {
  readonly deadlineMs?: number;
  readonly signal: AbortSignal;
  readonly onPass?: (report: PassReport) => void;
}

export interface Waited {
  readonly settled: boolean;
  readonly last: PassReport;
  /** Names of runs that became Failed while we waited. */
  readonly failed: readonly string[];
}

/** A refusal, a fence, an ended step: looked after at once, but never for ever. */
const PASSES_AT_ONCE = 6;
/** How soon somebody at the door is heard between two passes. */
const KNOCK_MS = 1000;
/** So long is a cluster waited for; what it has to say later is for the next pass. */
const PATIENCE_MS = 2_000;
/** For what is under way at the end, before its connection is cut; and for its record after that. */
const GRACE_MS = 10_000;
const RECORD_MS = 5_000;
/** Where no cluster says when it is asked again. */
const SELDOM_MS = 60_000;
/** Nothing is looked at more often, whatever is due. */
const LEAST_MS = 100;

/** For passes that follow each other: whoever is slow is not waited for, and good manners hold. */
const BY_ITSELF: Manner = { patienceMs: PATIENCE_MS, asked: false };

export class Session {
  readonly project: Project;
  readonly #context: Context;
  readonly #ends: Ends;
  readonly #door: Door;
  /** Manifests of runs that others asked about while we went on. */
  readonly #askedAbout = new Set<string>();
  #left: Passed['left'] = new Map();
  /** As the last pass found it when it began; see {@link Lanes}. */
  #news = 0;
  /** What the last pass did not wait for, and whether it has come since. */
  #late: Promise<void> | undefined;
  #hasCome = false;

  constructor(context: Context, project: Project, ends: Ends) {
    this.#context = context;
    this.#door = openDoor(context.store.directory);
    this.project = project;
    this.#ends = ends;
  }

  get store(): Store {
    return this.#context.store;
  }

  /** What is under way at the clusters is waited for, and recorded. @param graceMs then its connection is cut */
  async close(graceMs = GRACE_MS): Promise<void> {
    const { lanes, here } = this.#context;
    await here.workshop.close();
    await lanes.idle(graceMs);
    await this.#ends.disconnect();
    await lanes.idle(RECORD_MS);
    await this.#context.post?.postman.close();
    await this.#ends.close();
  }

  /** Observes and plans; changes nothing. */
  async plan(paths: readonly string[]): Promise<PlanReport> {
    return this.#planReport(await prepare(this.#context, scopeOf(paths), THOROUGHLY, Infinity));
  }

  /**
   * One pass; what asks for another at once gets it. What it begins here is a part of it: staging modules, a clone. When all
   * else is done, the mail that is due goes.
   * @throws the signal's reason when it aborts while something is done here
   */
  async pass(paths: readonly string[], signal?: AbortSignal): Promise<PassReport> {
    const { workshop } = this.#context.here;
    let report = await this.#pass(paths, THOROUGHLY);
    while (!workshop.isIdle || workshop.hasNews || this.#late !== undefined) {
      await this.#rest(report.nextLookMs, signal ?? new AbortController().signal);
      const { failed, actions } = report;
      report = await this.#pass(paths, THOROUGHLY);
      report = {
        ...report,
        failed: [...new Set([...failed, ...report.failed])],
        actions: sumOf(actions, report.actions),
      };
    }
    await this.#context.post?.postman.deliver();
    return report;
  }

  /** One pass over everything, for a loop: mail goes beside it. */
  async look(): Promise<PassReport> {
    const report = await this.#pass([], BY_ITSELF);
    this.#deliverBeside();
    return report;
  }

  /**
   * Sources that are elsewhere are asked in their intervals from now on, and what no pass waited for is told.
   * @param onNews another pass has more to go by
   */
  follow(onNews: () => void): void {
    this.#ends.sources.follow(onNews);
    this.#context.lanes.follow(onNews);
  }

  /** A person says that what did not answer, or refused us, is to be asked again. */
  forgive(): void {
    this.#context.lanes.forgive();
  }

  /** Sources that are elsewhere are asked by the next pass, whatever their interval. @param isMeant by their URLs */
  wakeSources(isMeant: (url: string) => boolean): void {
    this.#ends.sources.wake(isMeant);
  }

  /**
   * Takes up what was asked, without a pass. Not while one is under way.
   * @returns whether any of it wants one, or what was done here has come to an end
   */
  hear(): boolean {
    const { files, passes } = this.#takeUp();
    this.#deliverBeside();
    const { workshop } = this.#context.here;
    return passes.length > 0 || files.length > 0 || (workshop.isIdle && workshop.hasNews);
  }

  #takeUp(): TakenUp {
    const taken = takeUp(this.#context, this.#door);
    for (const file of taken.files) this.#askedAbout.add(file);
    // Who asks for a pass means what the repositories have now.
    if (taken.passes.length > 0) this.#ends.sources.wake();
    return taken;
  }

  async #pass(paths: readonly string[], usual: Manner): Promise<PassReport> {
    const failed = new Set<string>();
    const passes = new Set<string>();
    let actions: PassReport['actions'] = {};
    for (let round = 1; ; round += 1) {
      for (const id of this.#takeUp().passes) passes.add(id);
      await takeUpHere(this.#context);
      const scope = paths.length === 0 ? undefined : scopeOf([...paths, ...this.#askedAbout]);
      this.#news = this.#context.lanes.news;
      const manner = passes.size > 0 ? { ...usual, asked: true } : usual;
      const passed = await runPass(this.#context, scope, manner, this.#left);
      this.#left = passed.left;
      this.#ends.remember();
      this.#expect(passed.late);
      for (const name of passed.failed) failed.add(name);
      actions = sumOf(actions, kindsOf(passed.plan.actions));
      if (passed.again && manner.asked && round < PASSES_AT_ONCE) continue;
      tellAll(this.#context, passed.facts.wanted);
      for (const id of passes) this.#door.done(id);
      return this.#passReport(passed, [...failed], actions);
    }
  }

  /** A source that was not waited for: when it has come, there is something to do. */
  #expect(late: Promise<void> | undefined): void {
    this.#late = late;
    this.#hasCome = false;
    void late?.then(() => {
      this.#hasCome ||= this.#late === late;
    });
  }

  /** Passes until everything in scope is settled. @throws the signal's reason when it aborts */
  async waitUntilSettled(paths: readonly string[], options: WaitOptions): Promise<Waited> {
    const { clock } = this.#context;
    const failed = new Set<string>();
    const deadline = clock.now() + (options.deadlineMs ?? Infinity);
    for (let manner = { ...BY_ITSELF, asked: true }; ; manner = BY_ITSELF) {
      options.signal.throwIfAborted();
      const last = await this.#pass(paths, manner);
      for (const name of last.failed) failed.add(name);
      options.onPass?.(last);
      // What an interrupted exchange left open on a cluster is still ours to finish.
      const isOver = !last.again && this.#late === undefined && this.#context.lanes.isIdle;
      const settled = isOver && last.standings.every(comesToNothing);
      const pause = Math.min(last.nextLookMs, deadline - clock.now());
      if (settled || pause <= 0) {
        await this.#deliverAll();
        return { settled, last, failed: [...failed] };
      }
      this.#deliverBeside();
      await this.#rest(pause, options.signal);
    }
  }

  /** Until the time is over, somebody asks for something, or what is done here, or an exchange, has come to an end. */
  async #rest(pauseMs: number, signal: AbortSignal): Promise<void> {
    const { clock, here, lanes } = this.#context;
    const end = clock.now() + pauseMs;
    const exchange = lanes.next();
    for (let left = pauseMs; left > 0 && !this.#door.isAnybodyThere(); left = end - clock.now()) {
      signal.throwIfAborted();
      // The clock was set back: how long is left, it cannot tell any more.
      if (left > pauseMs) return;
      if (this.#hasCome || lanes.news !== this.#news || (here.workshop.isIdle && here.workshop.hasNews))
        return;
      const pause = clock.sleep(Math.min(left, KNOCK_MS), signal);
      const others = [
        ...(here.workshop.isIdle ? [] : [here.workshop.idle()]),
        ...(this.#late ? [this.#late] : []),
        ...(exchange ? [exchange] : []),
      ];
      await Promise.race([pause, ...others]);
    }
  }

  /** Asks whoever is the writer, now or next. @returns what tells whether it was taken up */
  ask(request: Request): { readonly isTaken: () => boolean } {
    const id = this.#door.put(request);
    return { isTaken: () => !this.#door.isWaiting(id) };
  }

  /** No pass waits for mail. What is wrong with the state then is met by the next pass as well, and said there. */
  #deliverBeside(): void {
    this.#context.post?.postman.deliver().catch(() => undefined);
  }

  /** What is under way, and what was written since it began. */
  async #deliverAll(): Promise<void> {
    await this.#context.post?.postman.deliver();
    await this.#context.post?.postman.deliver();
  }

  /** Says yes to all that would be held, as long as this session lasts. */
  consentToAll(): void {
    this.#context.consent.all = true;
  }

  /** @returns why a run, or only its failed tasks, cannot run once more; undefined where it can */
  async whyNotAgain({ run }: RunRecord, failedTasks = false): Promise<string | undefined> {
    const why = whyNotAgain(this.store, run);
    if (why !== undefined || !failedTasks) return why;
    // What is known of a source elsewhere serves.
    const { wanted } = await this.#context.desired(0);
    const own = wanted.find((each) => each.name === run.name && each.run === run.run);
    return whyNoTasksAgain(this.store, run, own);
  }

  /** @returns why nothing is in question about the submission of a run; undefined where something is */
  whyNotResolved(record: RunRecord, adopt?: string): string | undefined {
    return whyNotResolved(record, adopt);
  }

  /** Commits what a person decides of a run; the next pass sees to it. @throws {UnknownJob} */
  decide(request: Decision): void {
    if (request.kind === 'approve') approve(this.#context, request);
    else decide(this.#context, this.#known(request.run).run, request);
  }

  /**
   * The results of a run that has ended, fetched again, as far as they exist. Of one that has not, nothing is fetched.
   * What the state does not know is looked for on the clusters; the state stays as it is.
   * @throws {UnknownJob}
   */
  async retrieve(target: string, to?: string): Promise<Retrieved> {
    const record = this.store.records.find(target) ?? (await lookUp(this.#context, target));
    if (!isEnded(record.run.phase)) return { record, files: [], missing: [], unread: [] };
    return { record, ...(await retrieveAll(this.#context, record, to)) };
  }

  /** A log as it grows: from here when it was fetched, from the cluster otherwise. */
  tail(target: string, options: TailOptions): AsyncIterable<string> {
    const record = this.#known(target);
    return tailLog(
      this.#context,
      () => this.#known(target),
      (cluster) => this.#siteOf(record, cluster),
      options,
    );
  }

  /** The clusters as they answer now; all of the inventory when no names are given. */
  async clusterStatus(names: readonly string[] = []): Promise<readonly ClusterStanding[]> {
    const wanted = names.length === 0 ? [...this.project.inventory.keys()] : names;
    return Promise.all(
      wanted.map(async (cluster) => {
        const site = siteOf(this.project.inventory, cluster, {});
        const { reach } = await observeSite(this.#context, site);
        const agent = this.#context.agent(site);
        const facts = { cluster, address: agent.address, counts: agent.counts };
        if (reach.kind === 'unreachable') return { ...facts, reach: reach.kind, why: reach.why };
        return { ...facts, reach: 'reached' as const };
      }),
    );
  }

  /** The doctor of one cluster. */
  check(cluster: string, options: CheckOptions): Promise<readonly Finding[]> {
    return examine(this.#context, this.#context.agent(siteOf(this.project.inventory, cluster, {})), options);
  }

  /** The batch script of a run's last attempt, as it is rendered for its cluster. */
  scriptOf(record: RunRecord): string | undefined {
    const attempt = record.attempts.at(-1);
    const cluster = attempt && this.project.inventory.get(attempt.cluster);
    if (!attempt || !cluster) return undefined;
    const { manager } = this.#context.agent(this.#siteOf(record, attempt.cluster));
    const jobDirectory = attempt.jobDirectory ?? `${cluster.workDir}/${attempt.token}`;
    const directories = {
      jobDirectory,
      workingDirectory: attempt.workingDirectory ?? `${jobDirectory}/work`,
    };
    const spec = currentSpec(record, undefined);
    return renderJob(spec, cluster, manager, attempt.token, directories, attempt.tasks).script;
  }

  #known(target: string): RunRecord {
    const record = this.store.records.find(target);
    if (record) return record;
    throw new UnknownJob(`there is no job "${target}"`);
  }

  /** The login is the manifest's word of today, where there still is one. */
  #siteOf(record: RunRecord, cluster: string): Site {
    return siteOf(this.project.inventory, cluster, currentSpec(record, undefined).login);
  }

  #planReport(prepared: Prepared): PlanReport {
    return { ...this.#reportOf(prepared), scripts: this.#scripts(prepared) };
  }

  #reportOf({ plan, facts, problems }: Prepared): Omit<PlanReport, 'scripts'> {
    return { plan, problems, clusters: clusterStandings(this.#context, facts) };
  }

  #scripts({ plan, facts }: Prepared): ReadonlyMap<string, string> {
    const scripts = new Map<string, string>();
    const wanted = new Map(facts.wanted.map((each) => [each.uuid, each]));
    const accepted = new Map<string, JobSpec>();
    for (const action of plan.actions) {
      if (action.kind === 'accept') accepted.set(action.uuid, action.spec);
      if (action.kind !== 'stage') continue;
      const reach = facts.sites.get(action.site)?.reach;
      const cluster = facts.inventory.get(action.cluster);
      const record = facts.live.get(action.uuid);
      const specOf = action.fresh ? specForNext : currentSpec;
      const spec = accepted.get(action.uuid) ?? (record && specOf(record, wanted.get(action.uuid)));
      if (reach?.kind !== 'reached' || !cluster || !spec) continue;
      const { manager } = this.#context.agent(siteOf(facts.inventory, action.cluster, spec.login));
      const directories = directoriesOf(reach.observation.hello.workDir, action.token);
      const tasks = action.fresh ? action.tasks : this.store.attempts.byToken(action.token)?.tasks;
      const { script } = renderJob(spec, cluster, manager, action.token, directories, tasks);
      scripts.set(action.token, script);
    }
    return scripts;
  }

  #passReport(passed: Passed, failed: readonly string[], actions: PassReport['actions']): PassReport {
    const { standings, again } = passed;
    return {
      ...this.#reportOf(passed),
      // Nobody reads them of a pass, and a thousand take their time.
      scripts: new Map(),
      ...{ standings, failed, actions, again },
      nextLookMs: this.#nextLook(passed),
    };
  }

  #nextLook(passed: Passed): number {
    const at = passed.nextLookAt();
    return at === Infinity ? SELDOM_MS : Math.max(LEAST_MS, at - this.#context.clock.now());
  }
}

function kindsOf(actions: readonly Action[]): PassReport['actions'] {
  const counts: Record<string, number> = {};
  for (const { kind } of actions) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function sumOf(some: PassReport['actions'], more: PassReport['actions']): PassReport['actions'] {
  const kinds = [...new Set([...Object.keys(some), ...Object.keys(more)])];
  return Object.fromEntries(kinds.map((kind) => [kind, (some[kind] ?? 0) + (more[kind] ?? 0)]));
}
