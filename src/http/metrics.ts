/** Figures for Prometheus: of the passes as they were told, of the state as it is when asked, of this process. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { PassSummary, World } from './ports.js';

const REQUEST_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];
const PASS_SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300];

export class Metrics {
  readonly #registry = new Registry();
  readonly #world: World;
  readonly #requests: Histogram<'method' | 'route' | 'status'>;
  readonly #passes: Histogram;
  readonly #actions: Counter<'kind'>;
  #lastPass = 0;

  constructor(world: World) {
    this.#world = world;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: 'sluice_http_request_seconds',
      help: 'Time from a request to the head of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: REQUEST_SECONDS,
      registers,
    });
    this.#passes = new Histogram({
      name: 'sluice_pass_seconds',
      help: 'Time that passes took.',
      buckets: PASS_SECONDS,
      registers,
    });
    this.#actions = new Counter({
      name: 'sluice_actions_total',
      help: 'Actions that passes planned, by kind; submit, adopt, conclude, fetch and so on.',
      labelNames: ['kind'],
      registers,
    });
    this.#gauges(registers);
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
    const pass = this.#world.lastPass();
    if (pass === undefined || pass.at === this.#lastPass) return;
    this.#lastPass = pass.at;
    this.#passes.observe(pass.tookMs / 1000);
    for (const [kind, count] of Object.entries(pass.actions)) this.#actions.inc({ kind }, count);
  }

  #gauges(registers: Registry[]): void {
    const { listing, lastPass } = this.#world;
    const last = (): PassSummary | undefined => lastPass();
    this.#gauge(registers, 'sluice_runs', 'Runs by phase.', 'phase', () => listing.phaseCounts());
    this.#gauge(registers, 'sluice_failed_runs', 'Failed runs by reason.', 'reason', () =>
      listing.failuresByReason(),
    );
    this.#gauge(
      registers,
      'sluice_cluster_reached',
      '1 where the last pass reached the cluster.',
      'cluster',
      () => figures(last(), ({ reach }) => (reach === 'not-asked' ? undefined : Number(reach === 'reached'))),
    );
    this.#gauge(registers, 'sluice_cluster_round_trips', 'Round trips since the start.', 'cluster', () =>
      figures(last(), ({ counts }) => counts.roundTrips),
    );
    this.#gauge(registers, 'sluice_cluster_connections', 'Connections since the start.', 'cluster', () =>
      figures(last(), ({ counts }) => counts.connections),
    );
    new Gauge({
      name: 'sluice_last_pass_age_seconds',
      help: 'Time since the last pass began.',
      registers,
      collect() {
        const at = last()?.at;
        if (at !== undefined) this.set((Date.now() - at) / 1000);
      },
    });
    new Gauge({
      name: 'sluice_manifest_problems',
      help: 'Errors in manifests that the last pass saw.',
      registers,
      collect() {
        this.set(last()?.problems.filter(({ severity }) => severity === 'error').length ?? 0);
      },
    });
  }

  #gauge(
    registers: Registry[],
    name: string,
    help: string,
    label: string,
    read: () => ReadonlyMap<string, number>,
  ): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        this.reset();
        for (const [key, value] of read()) this.set({ [label]: key }, value);
      },
    });
  }
}

function figures(
  pass: PassSummary | undefined,
  of: (standing: PassSummary['clusters'][number]) => number | undefined,
): ReadonlyMap<string, number> {
  return new Map(
    (pass?.clusters ?? []).flatMap((each): [string, number][] => {
      const value = of(each);
      return value === undefined ? [] : [[each.cluster, value]];
    }),
  );
}
