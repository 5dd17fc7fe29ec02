/** Figures for Prometheus: of the passes as they were told, of the state as it is when asked, of this process. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { StoredEvent } from '../store/events.js';
import type { PassSummary, World } from './ports.js';
import { spansOf } from './spans.js';

const REQUEST_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];
const PASS_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300];
/** Up to four days. */
const JOB_SECONDS = [1, 10, 60, 300, 900, 3_600, 4 * 3_600, 12 * 3_600, 24 * 3_600, 96 * 3_600];
const BATCH = 500;
/** A job is seen to begin within its last so many events. */
const LOOK_BACK = 50;

type Standing = PassSummary['clusters'][number];

export class Metrics {
  readonly #registry = new Registry();
  readonly #world: World;
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #passes: Histogram;
  readonly #actions: Counter<'kind'>;
  readonly #submissions: Counter<'cluster'>;
  readonly #adoptions: Counter<'cluster'>;
  readonly #queued: Histogram<'cluster'>;
  readonly #ran: Histogram<'cluster'>;
  readonly #trips: Counter<'cluster'>;
  readonly #connections: Counter<'cluster'>;
  /** When a pass reached it last, epoch milliseconds. */
  readonly #reached = new Map<string, number>();
  #lastPass: PassSummary | undefined;
  /** What happened before this process began is not counted by it. */
  #lastEvent: number;

  constructor(world: World) {
    this.#world = world;
    this.#lastEvent = world.listing.lastEvent();
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = this.#histogram('sluice_http_request_seconds', REQUEST_SECONDS, [
      'Time from a request to the head of its answer.',
      ...(['method', 'route', 'status'] as const),
    ]);
    this.#passes = this.#histogram('sluice_pass_seconds', PASS_SECONDS, ['Time that passes took.']);
    this.#actions = this.#counter('sluice_actions_total', [
      'Actions that passes carried out, by kind: submit, conclude, fetch and so on.',
      'kind',
    ]);
    this.#submissions = this.#counter('sluice_submissions_total', [
      'Jobs that were submitted; those that were found after a lost reply are adoptions.',
      'cluster',
    ]);
    this.#adoptions = this.#counter('sluice_adoptions_total', [
      'Jobs that were found on a cluster after their submission had no answer.',
      'cluster',
    ]);
    this.#queued = this.#histogram('sluice_queue_seconds', JOB_SECONDS, [
      'Time from the submission to the beginning, of attempts that ended.',
      'cluster',
    ]);
    this.#ran = this.#histogram('sluice_run_seconds', JOB_SECONDS, [
      'Time from the beginning to the end, of attempts that ended.',
      'cluster',
    ]);
    this.#trips = this.#counter('sluice_cluster_round_trips_total', ['Round trips.', 'cluster']);
    this.#connections = this.#counter('sluice_cluster_connections_total', ['Connections.', 'cluster']);
    this.#gauges();
    world.onNews(() => this.#hear());
  }

  get type(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  answered(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }

  #hear(): void {
    this.#hearEvents();
    const pass = this.#world.lastPass();
    if (pass === undefined || pass === this.#lastPass) return;
    this.#passes.observe(pass.tookMs / 1000);
    for (const [kind, count] of Object.entries(pass.actions)) this.#actions.inc({ kind }, count);
    const before = countsOf(this.#lastPass);
    for (const [cluster, counts] of countsOf(pass)) {
      this.#trips.inc({ cluster }, grown(counts.trips, before.get(cluster)?.trips));
      this.#connections.inc({ cluster }, grown(counts.connections, before.get(cluster)?.connections));
      if (counts.reached) this.#reached.set(cluster, pass.at + pass.tookMs);
    }
    this.#lastPass = pass;
  }

  /** Each event once, whoever wrote it. */
  #hearEvents(): void {
    for (;;) {
      const events = this.#world.store.events.after(this.#lastEvent, BATCH);
      for (const event of events) {
        this.#lastEvent = event.id;
        if (event.kind === 'attempt') this.#hearAttempt(event);
      }
      if (events.length < BATCH) return;
    }
  }

  #hearAttempt({ runUuid, attempt: number, cluster = '', actor, detail }: StoredEvent): void {
    const { state, adopted } = (detail ?? {}) as { readonly state?: string; readonly adopted?: boolean };
    // What a lost state is rebuilt from happened long ago.
    if (runUuid === undefined || number === undefined || actor === 'recovery') return;
    if (state === 'submitted') (adopted === true ? this.#adoptions : this.#submissions).inc({ cluster });
    if (state !== 'ended') return;
    const { store, listing } = this.#world;
    const attempt = store.attempts.get(runUuid, number);
    if (attempt === undefined) return;
    const { submittedAt = Infinity } = attempt;
    const seen = store.events
      .ofRun(runUuid, { after: listing.eventsBegin(runUuid, LOOK_BACK) })
      .find(({ kind, reason, at }) => kind === 'phase' && reason === 'Executing' && at >= submittedAt);
    const spans = spansOf(attempt, seen?.at);
    if (spans === undefined) return;
    this.#queued.observe({ cluster }, spans.queued);
    this.#ran.observe({ cluster }, spans.ran);
  }

  #gauges(): void {
    const { listing, lastPass } = this.#world;
    this.#gauge('sluice_runs', ['Runs by phase.', 'phase'], () => listing.phaseCounts());
    this.#gauge('sluice_failed_runs', ['Failed runs by reason.', 'reason'], () => listing.failuresByReason());
    this.#gauge('sluice_cluster_reached', ['1 where the last pass reached the cluster.', 'cluster'], () =>
      reachedOf(lastPass()),
    );
    this.#gauge(
      'sluice_cluster_poll_age_seconds',
      ['Time since a pass reached the cluster.', 'cluster'],
      () => new Map([...this.#reached].map(([cluster, at]) => [cluster, secondsSince(at)])),
    );
    this.#gauge('sluice_last_pass_age_seconds', ['Time since the last pass began.'], () => {
      const at = lastPass()?.at;
      return new Map(at === undefined ? [] : [['', secondsSince(at)]]);
    });
    this.#gauge('sluice_manifest_problems', ['Errors in manifests that the last pass saw.'], () => {
      const problems = lastPass()?.problems ?? [];
      return new Map([['', problems.filter(({ severity }) => severity === 'error').length]]);
    });
  }

  /** @param about what it is, then its labels, here and below */
  #histogram<Label extends string>(
    name: string,
    buckets: number[],
    [help, ...labelNames]: readonly [string, ...Label[]],
  ): Histogram<Label> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.#registry] });
  }

  #counter<Label extends string>(name: string, [help, label]: readonly [string, Label]): Counter<Label> {
    return new Counter({ name, help, labelNames: [label], registers: [this.#registry] });
  }

  #gauge(
    name: string,
    [help, label]: readonly [help: string, label?: string],
    read: () => ReadonlyMap<string, number>,
  ): void {
    new Gauge({
      ...{ name, help, labelNames: label === undefined ? [] : [label] },
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const [key, value] of read()) this.set(label === undefined ? {} : { [label]: key }, value);
      },
    });
  }
}

interface Counts {
  readonly trips: number;
  readonly connections: number;
  readonly reached: boolean;
}

/** A cluster with several logins of ours has as many standings. */
function countsOf(pass: PassSummary | undefined): ReadonlyMap<string, Counts> {
  const all = new Map<string, Counts>();
  for (const { cluster, reach, counts } of pass?.clusters ?? []) {
    const { trips = 0, connections = 0, reached = false } = all.get(cluster) ?? {};
    all.set(cluster, {
      trips: trips + counts.roundTrips,
      connections: connections + counts.connections,
      reached: reached || reach === 'reached',
    });
  }
  return all;
}

/** Counts begin anew with the writer, when the settings were read again. */
function grown(now: number, before = 0): number {
  return now >= before ? now - before : now;
}

/** Of several logins the one that fares worst. */
function reachedOf(pass: PassSummary | undefined): ReadonlyMap<string, number> {
  const asked = (pass?.clusters ?? []).filter(({ reach }) => reach !== 'not-asked');
  const isReached = (cluster: string): boolean =>
    asked.every((each: Standing) => each.cluster !== cluster || each.reach === 'reached');
  return new Map(asked.map(({ cluster }) => [cluster, Number(isReached(cluster))]));
}

function secondsSince(at: number): number {
  return (Date.now() - at) / 1000;
}
