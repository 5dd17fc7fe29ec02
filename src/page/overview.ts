/** The first page: clusters with their load and health, what is wrong with manifests, jobs by filter. */
import type { Waiting } from '../model/action.js';
import type { ClusterView } from '../views/cluster.js';
import type { RecordView } from '../views/record.js';
import { html, type Html, type Piece } from './html.js';
import { asksOf } from './advice.js';
import { advice, type Frame, page, table } from './layout.js';
import { badge, duration, moodOfPhase, since, SIGNS, size } from './words.js';

export interface JobFilter {
  readonly phases: readonly string[];
  readonly labels: readonly string[];
  readonly name: string;
  readonly cluster: string;
  readonly all: boolean;
  readonly sort: string;
}

export interface Overview {
  readonly frame: Frame;
  readonly clusters: readonly ClusterView[];
  readonly problems: readonly {
    readonly severity: 'error' | 'warning';
    readonly file: string;
    readonly line?: number;
    readonly message: string;
  }[];
  /** What no pass does until a person says a word, and which words there are. */
  readonly waiting: readonly (Waiting & { readonly since: number })[];
  /** Jobs that go no further until a person decides, as many as are shown. */
  readonly blocked: readonly RecordView[];
  readonly filter: JobFilter;
  readonly jobs: readonly RecordView[];
  /** Where the next page begins. */
  readonly next: string | null;
  /** How many runs there are in each phase, in the order of a run's life. */
  readonly counts: readonly (readonly [phase: string, count: number])[];
}

export function overviewPage(view: Overview): string {
  const { frame, clusters, filter, jobs, next } = view;
  const content = html` <h1 class="hidden">Jobs and clusters</h1>
    <div id="asks" data-live>${askList(view)}</div>
    <section aria-labelledby="clusters-title">
      <h2 id="clusters-title">Clusters</h2>
      <div id="clusters" data-live>${clusterTable(clusters, frame.now)}</div>
    </section>
    <div id="problems" data-live>${problemList(view)}</div>
    <section aria-labelledby="jobs-title">
      <h2 id="jobs-title">Jobs</h2>
      <nav id="phases" data-live aria-label="Jobs by phase">
        <ul class="chips">
          ${chips(view)}
        </ul>
      </nav>
      ${filterForm(filter, clusters)}
      <div id="jobs" data-live>
        ${jobTable(jobs, frame.now)}
        ${next !== null && html`<p><a class="button" href="${addressOf(filter, { cursor: next })}">Next page</a></p>`}
      </div>
    </section>`;
  return page('Jobs and clusters', content, frame);
}

const CLUSTER_COLUMNS = [
  ...['Name', 'Hostname', 'Port', 'Manager', 'Preferred jobs', 'Partition', 'Load', 'Nodes up', 'Health'],
];

function clusterTable(clusters: readonly ClusterView[], now: number): Html {
  const rows = clusters.map((cluster): readonly Piece[] => [
    cluster.name,
    cluster.hostname,
    cluster.port ?? '–',
    cluster.workload_manager,
    cluster.preferred_jobs.join(', ') || '–',
    cluster.partition ?? '–',
    load(cluster),
    nodes(cluster, now),
    health(cluster, now),
  ]);
  return table('Clusters', CLUSTER_COLUMNS, rows, 'clusters.yaml names no cluster.');
}

function load({ status, name }: ClusterView): Piece {
  const { CPUS: total, cpus_idle: idle, CPU_LOAD: mean, MEMORY: memory } = status;
  if (total === null || idle === null || total === 0) return '–';
  const used = total - idle;
  const words = `${used} of ${total} CPUs`;
  const more = [
    ...(mean === null ? [] : [`mean load ${mean.toFixed(2)}`]),
    ...(memory === null ? [] : [size(memory * 1024 * 1024)]),
  ];
  return html`<meter
      min="0"
      max="${total}"
      value="${used}"
      aria-label="${words} of ${name} are in use"
    ></meter>
    <span class="nowrap">${words}</span>${more.length > 0 && html`<br /><small>${more.join(', ')}</small>`}`;
}

function nodes({ status }: ClusterView, now: number): Piece {
  const { AVAIL: up, TOTAL_NODES: all, states, taken_at: taken } = status;
  if (up === null || all === null) return '–';
  const words = Object.entries(states).map(([kind, count]) => `${count} ${kind}`);
  return html`<span title="${words.join(', ')}">${up} of ${all}</span><br /><small
      >${since(taken, now)}</small
    >`;
}

function health({ name, status, breaker, reported }: ClusterView, now: number): Piece {
  const { reach, why, failure } = status;
  const words =
    reach === 'reached'
      ? badge('good', 'reached')
      : reach === 'unreachable'
        ? badge('bad', 'not reached')
        : badge('idle', 'not asked', 'no job of ours is there');
  const told = why ?? (failure === null ? null : `no newer figures: ${failure.message}`);
  return html`${words}${told !== null && html`<br /><small>${told}</small>`}${
    breaker !== null && html`<br /><small>${leftAlone(name, breaker, now)}</small>`
  }${reported !== null && html`<br /><small>a status was reported ${since(reported.at, now)}</small>`}`;
}

/** By the same words as `state` has them. */
function leftAlone(
  name: string,
  { state, next_at: next }: NonNullable<ClusterView['breaker']>,
  now: number,
): Piece {
  switch (state) {
    case 'open':
      return `open: asked again in ${duration(Math.max(0, Date.parse(next ?? '') - now))}`;
    case 'half-open':
      return 'half-open: asked again as soon as a job needs it';
    case 'locked':
      return html`locked, until the login is mended:
        <code class="command">sluice clusters check ${name}</code>`;
  }
}

/** What is to be typed, where the words end with it, stands as what can be copied. */
function wordsWithCommand(message: string, digest: string | undefined): Piece {
  const command = `sluice approve ${digest ?? ''}`;
  if (digest === undefined || !message.endsWith(command)) return message;
  return html`${message.slice(0, -command.length)}<code class="command">${command}</code>`;
}

function askList({ waiting, blocked, frame }: Overview): Piece {
  if (waiting.length === 0 && blocked.length === 0) return '';
  const all = [
    ...waiting.map(
      ({ name, reason, message, digest, since: at }) =>
        html`<li>
          ${badge('asks', 'waits', reason)}
          ${name !== '' && html`<a href="/jobs/${encodeURIComponent(name)}">${name}</a>: `}${wordsWithCommand(message, digest)}
          <small>${since(new Date(at).toISOString(), frame.now)}</small>
        </li>`,
    ),
    ...blocked.map(
      (job) =>
        html`<li>
          ${badge('asks', job.phase, job.reason)}
          <a href="/jobs/${encodeURIComponent(job.job_uuid)}">${job.name}</a> ${job.message}
          <small>${since(job.updated_at, frame.now)}</small>
          <ul>
            ${advice(asksOf(job))}
          </ul>
        </li>`,
    ),
  ];
  return html`<section aria-labelledby="asks-title" class="notice asking">
    <h2 id="asks-title">Waits for your word</h2>
    <ul>
      ${all}
    </ul>
  </section>`;
}

function problemList({ problems }: Overview): Piece {
  if (problems.length === 0) return '';
  const shown = problems.slice(0, 50).map(
    ({ severity, file, line, message }) =>
      html`<li>
        ${badge(severity === 'error' ? 'bad' : 'asks', severity)}
        <code>${file}${line !== undefined && `:${line}`}</code> ${message}
      </li>`,
  );
  const more = problems.length - shown.length;
  return html`<section aria-labelledby="problems-title" class="notice">
    <h2 id="problems-title">Manifests that need you</h2>
    <ul>
      ${shown}
    </ul>
    ${more > 0 && html`<p>and ${more} more: <code>sluice validate</code></p>`}
  </section>`;
}

function chips({ counts, filter }: Overview): Html[] {
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  const none = { ...filter, phases: [] };
  const current = (is: boolean): Html | string => (is ? html`aria-current="true"` : '');
  return [
    html`<li>
      <a href="${addressOf(none)}" ${current(filter.phases.length === 0)}>All <b>${all}</b></a>
    </li>`,
    ...counts.map(([phase, count]) => {
      const mood = moodOfPhase(phase);
      const is = filter.phases.length === 1 && filter.phases[0] === phase;
      return html`<li>
        <a class="${mood}" href="${addressOf({ ...filter, phases: [phase] })}" ${current(is)}>
          <span aria-hidden="true">${SIGNS[mood]}</span> ${phase} <b>${count}</b></a
        >
      </li>`;
    }),
  ];
}

const SORT_WORDS: readonly (readonly [string, string])[] = [
  ['name', 'Name'],
  ['-name', 'Name, backwards'],
  ['-created', 'Newest first'],
  ['created', 'Oldest first'],
];

function filterForm(filter: JobFilter, clusters: readonly ClusterView[]): Html {
  const option = (value: string, words: string, chosen: string): Html =>
    html`<option value="${value}" ${value === chosen && html`selected`}>${words}</option>`;
  return html`<form method="get" action="/" role="search" class="filters">
    ${filter.phases.map((phase) => html`<input type="hidden" name="phase" value="${phase}" />`)}
    <label>Name has <input name="name" value="${filter.name}" maxlength="63" autocomplete="off" /></label>
    <label
      >Label
      <input
        name="label"
        value="${filter.labels[0] ?? ''}"
        placeholder="key=value"
        pattern="[^=]+=.*"
        autocomplete="off"
    /></label>
    <label
      >Cluster
      <select name="cluster">
        ${option('', 'any', filter.cluster)}${clusters.map(({ name }) => option(name, name, filter.cluster))}
      </select></label
    >
    <label
      >Order
      <select name="sort">
        ${SORT_WORDS.map(([value, words]) => option(value, words, filter.sort))}
      </select></label
    >
    <label class="check"
      ><input type="checkbox" name="all" value="true" ${filter.all && html`checked`} /> every run</label
    >
    <button>Filter</button>
    <a href="/">Clear</a>
  </form>`;
}

const JOB_COLUMNS = ['Job', 'Run', 'Health', 'Sync', 'Cluster', 'Tasks', 'Updated', 'Why'];

function jobTable(jobs: readonly RecordView[], now: number): Html {
  const rows = jobs.map((job): readonly Piece[] => [
    html`<a href="/jobs/${encodeURIComponent(job.job_uuid)}">${job.name}</a>`,
    job.generation === 0 ? job.run : `${job.run} g${job.generation}`,
    badge(moodOfPhase(job.phase), job.phase, job.reason),
    sync(job),
    job.cluster ?? '–',
    tasks(job.state),
    since(job.updated_at, now),
    html`<span class="message" title="${job.message}">${job.message}</span>`,
  ]);
  return table(
    'Jobs',
    JOB_COLUMNS,
    rows,
    'No job matches. What is saved in the directory of manifests shows here.',
  );
}

/** Whether what was submitted is what the manifest says now: another question than how it goes. */
export function sync({ conditions }: Pick<RecordView, 'conditions'>): Html {
  return conditions.includes('OutOfSync')
    ? badge('asks', 'out of sync', 'the manifest was edited since; run: or on_edit: replace says what to do')
    : badge('good', 'in sync');
}

function tasks(states: readonly string[]): string {
  if (states.length === 1) return states[0] ?? '';
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

/** The filters, as they stand in the address. */
function addressOf(filter: JobFilter, more: { readonly cursor?: string } = {}): string {
  const query = new URLSearchParams();
  for (const phase of filter.phases) query.append('phase', phase);
  for (const label of filter.labels) query.append('label', label);
  if (filter.name !== '') query.set('name', filter.name);
  if (filter.cluster !== '') query.set('cluster', filter.cluster);
  if (filter.all) query.set('all', 'true');
  if (filter.sort !== 'name') query.set('sort', filter.sort);
  if (more.cursor !== undefined) query.set('cursor', more.cursor);
  const text = query.toString();
  return text === '' ? '/' : `/?${text}`;
}
