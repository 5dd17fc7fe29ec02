/** One job: where it stands and why, its story, its attempts, its tasks, its logs and results. */
import { stringify } from 'yaml';
import { taskWords } from '../model/tasks.js';
import type { EventView } from '../views/event.js';
import type { AttemptView, RecordView } from '../views/record.js';
import { html, type Html, type Piece } from './html.js';
import { asksOf, offersOf } from './advice.js';
import { advice, type Frame, page, table } from './layout.js';
import { sync } from './overview.js';
import { badge, moodOfPhase, moodOfState, SIGNS, since, size } from './words.js';

export interface JobStory {
  readonly frame: Frame;
  readonly record: RecordView;
  /** Oldest first. */
  readonly events: readonly EventView[];
  /** Older events are left out. */
  readonly cut: boolean;
  /** Of the latest attempt. */
  readonly script: string | undefined;
  /** Other runs of the same name, the newest first. */
  readonly others: readonly { readonly uuid: string; readonly run: string; readonly phase: string }[];
}

/** More would make the page heavy; the list of states has all. */
const MOST_TASKS = 2_000;
const MOST_OUTPUTS = 500;

export function storyPage(story: JobStory): string {
  const { frame, record, script } = story;
  const content = html` <nav aria-label="Where you are"><a href="/">Jobs</a> / ${record.name}</nav>
    <h1>${record.name}</h1>
    <div id="standing-of-job" data-live>
      <p class="badges">
        ${badge(moodOfPhase(record.phase), record.phase)} ${sync(record)}
        ${record.conditions.filter((each) => each !== 'OutOfSync').map((each) => badge('asks', each))}
      </p>
      <p class="message-full">${record.message} <small>(${record.reason})</small></p>
      ${whatToDo(record)} ${facts(story)}
    </div>
    ${taskSection(record)}
    <section aria-labelledby="story-title">
      <h2 id="story-title">Story</h2>
      <div id="story" data-live>${timeline(story)}</div>
    </section>
    <section aria-labelledby="attempts-title">
      <h2 id="attempts-title">Attempts</h2>
      <div id="attempts" data-live>${attemptTable(record.attempts, frame.now)}</div>
    </section>
    ${logSection(record)}
    <section aria-labelledby="outputs-title">
      <h2 id="outputs-title">Results</h2>
      <div id="outputs" data-live>${outputTable(record)}</div>
    </section>
    <section aria-labelledby="text-title">
      <h2 id="text-title">What was asked</h2>
      ${folded('manifest-text', 'Manifest as accepted', stringify(record.user_input, { aliasDuplicateObjects: false }))}
      ${script !== undefined && folded('script-text', 'Script of the latest attempt', script)}
    </section>`;
  return page(record.name, content, frame);
}

/** What waits for a person stands out; what may be done besides is said quietly. */
function whatToDo(record: RecordView): Piece {
  const asks = asksOf(record);
  if (asks.length > 0)
    return html`<section class="notice" aria-labelledby="asks-title">
      <h2 id="asks-title">Waits for your word</h2>
      <ul>
        ${advice(asks)}
      </ul>
    </section>`;
  const offers = offersOf(record);
  return (
    offers.length > 0 &&
    html`<ul class="offers">
      ${advice(offers)}
    </ul>`
  );
}

/** As the manifest names them: the one that it waits for is a step away. */
function dependencies({ user_input: input }: RecordView): readonly (readonly [string, Piece])[] {
  const { depends_on: written } = input;
  const all = Array.isArray(written) ? written : written === undefined ? [] : [written];
  const links = all.map((each: unknown, at): Piece => {
    const { name = String(each), when } = (typeof each === 'object' && each !== null ? each : {}) as {
      readonly name?: string;
      readonly when?: string;
    };
    return html`${at > 0 && ', '}<a href="/jobs/${encodeURIComponent(name)}">${name}</a>${
        when !== undefined && ` (${when})`
      }`;
  });
  return links.length === 0 ? [] : [['Depends on', links]];
}

function fromCommit({ commit, author }: RecordView): readonly (readonly [string, Piece])[] {
  if (commit === null) return [];
  const by = author === null ? '' : ` by ${author}`;
  return [['Commit', html`<code title="${commit}">${commit.slice(0, 12)}</code>${by}`]];
}

function facts({ record, others, frame }: JobStory): Html {
  const { run, generation, job_uuid: uuid, cluster, candidates, manifest, labels } = record;
  const last = record.attempts.at(-1);
  const entries: readonly (readonly [string, Piece])[] = [
    ['Run', generation === 0 ? run : `${run}, generation ${generation}`],
    ['Cluster', cluster ?? '–'],
    ['Job id', last?.job_id ?? '–'],
    ['Candidates', candidates.join(', ') || '–'],
    ['UUID', html`<code>${uuid}</code>`],
    ['Manifest', html`<code>${manifest}</code>`],
    ...fromCommit(record),
    ...dependencies(record),
    [
      'Labels',
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(', ') || '–',
    ],
    ['Taken up', since(record.created_at, frame.now)],
    ['Updated', since(record.updated_at, frame.now)],
    ...(others.length === 0
      ? []
      : [
          [
            'Other runs',
            others.map(
              (each, at) =>
                html`${at > 0 && ', '}<a href="/jobs/${each.uuid}">${each.run}</a> (${each.phase})`,
            ),
          ] as const,
        ]),
  ];
  return html`<dl class="facts">
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function taskSection({ state, job_uuid: uuid }: RecordView): Piece {
  if (state.length < 2) return '';
  const counts = new Map<string, number>();
  for (const each of state) counts.set(each, (counts.get(each) ?? 0) + 1);
  const legend = [...counts].map(
    ([word, count]) => html`<li>${badge(moodOfState(word), `${count} ${word}`)}</li>`,
  );
  const cells = state.slice(0, MOST_TASKS).map((word, at) => {
    const mood = moodOfState(word);
    const words = `task ${at + 1}: ${word}`;
    return html`<li>
      <a class="${mood}" href="/jobs/${uuid}/logs?task=${at + 1}" title="${words}"
        ><span aria-hidden="true">${SIGNS[mood]} <small>${at + 1}</small></span
        ><span class="hidden">${words}</span></a
      >
    </li>`;
  });
  return html`<section aria-labelledby="tasks-title">
    <h2 id="tasks-title">${state.length} tasks</h2>
    <div id="tasks" data-live>
      <ul class="chips">
        ${legend}
      </ul>
      <ol class="tasks">
        ${cells}
      </ol>
      ${state.length > MOST_TASKS && html`<p>The first ${MOST_TASKS}; <a href="/jobs/${uuid}/state">all states</a></p>`}
    </div>
  </section>`;
}

function timeline({ events, cut, record, frame }: JobStory): Html {
  const items = events.map(
    ({ at, kind, reason, message, cluster, actor }) =>
      html`<li class="${moodOfEvent(kind, message, reason)}">
        <p>
          ${since(at, frame.now)}
          <b>${kind}</b
          >${reason !== null && ` ${reason}`}${cluster !== null && ` on ${cluster}`}${actor !== null && ` by ${actor}`}
        </p>
        <p class="message-full">${message}</p>
      </li>`,
  );
  return html`${cut && html`<p><a href="/jobs/${record.job_uuid}/events">Older events</a></p>`}
    <ol class="timeline">
      ${items}
    </ol>`;
}

function moodOfEvent(kind: string, message: string, reason: string | null): string {
  if (kind === 'report' || kind === 'cancel') return 'asks';
  if (reason === 'Done') return 'good';
  const isBad = /Failed|Refused|Unreachable|Unavailable|Unknown|Limit|OutOfMemory|Missing/.test(reason ?? '');
  return isBad || / (failed|refused|step-failed)\b/.test(message) ? 'bad' : 'busy';
}

const ATTEMPT_COLUMNS = ['Attempt', 'Cluster', 'Job id', 'State', 'Submitted', 'Ended', 'Why'];

function attemptTable(attempts: readonly AttemptView[], now: number): Html {
  const rows = attempts.map((attempt): readonly Piece[] => [
    String(attempt.number),
    attempt.cluster,
    `${attempt.job_id ?? '–'}${attempt.tasks === null ? '' : `, ${taskWords(attempt.tasks)}`}`,
    attempt.outcome ?? (attempt.owed_since === null ? attempt.state : 'owed'),
    since(attempt.submitted_at, now),
    since(attempt.ended_at, now),
    attempt.message ?? attempt.reason ?? '–',
  ]);
  return table('Attempts', ATTEMPT_COLUMNS, rows, 'Nothing was sent to a cluster yet.');
}

/** Of an array those of the first task that failed. The page's own script fills them when they are opened; without it the links do. */
function logSection({ job_uuid: uuid, state, user_input: input }: RecordView): Html {
  const failed = state.findIndex((word) => moodOfState(word) === 'bad');
  const first = Math.max(0, failed) + 1;
  const task = state.length > 1 ? `&task=${first}` : '';
  const streams = ['stdout', 'stderr', ...['requirements', 'compilation'].filter((step) => step in input)];
  const of = state.length > 1 ? ` of task ${first}` : '';
  const logs = streams.map((stream) => {
    const address = `/jobs/${uuid}/logs?stream=${stream}${stream.startsWith('std') ? task : ''}`;
    return html`<details id="log-${stream}" data-log="${address}">
      <summary>${stream}${stream.startsWith('std') && of}</summary>
      <p><a href="${address}">all of it, as plain text</a></p>
      <pre tabindex="0" aria-label="${stream}"></pre>
    </details>`;
  });
  return html`<section aria-labelledby="logs-title">
    <h2 id="logs-title">Logs</h2>
    ${logs}
  </section>`;
}

/** What the job made; its logs, which may be two a task, are folded away behind it. */
function outputTable({ outputs, job_uuid: uuid }: RecordView): Html {
  const [logs, made] = [true, false].map((are) =>
    outputs.filter(({ path }) => path.startsWith('logs/') === are),
  );
  const nothing = outputs.length === 0 ? 'No results are here yet.' : 'Nothing but logs is here.';
  return html`${fileTable(made ?? [], uuid, nothing)}${
    logs !== undefined &&
    logs.length > 0 &&
    html`<details id="log-files">
      <summary>${logs.length} log files</summary>
      ${fileTable(logs, uuid, '')}
    </details>`
  }`;
}

function fileTable(files: RecordView['outputs'], uuid: string, nothing: string): Html {
  const rows = files
    .slice(0, MOST_OUTPUTS)
    .map(({ path, size: bytes, sha256 }): readonly Piece[] => [
      html`<a href="/jobs/${uuid}/outputs/${path.split('/').map(encodeURIComponent).join('/')}" download
        >${path}</a
      >`,
      size(bytes),
      html`<code title="${sha256}">${sha256.slice(0, 12)}</code>`,
    ]);
  const more = files.length - rows.length;
  return html`${table('Results', ['File', 'Size', 'SHA-256'], rows, nothing)}${
    more > 0 && html`<p>and <a href="/jobs/${uuid}/outputs">${more} more</a></p>`
  }`;
}

function folded(id: string, title: string, text: string): Html {
  return html`<details id="${id}">
    <summary>${title}</summary>
    <pre tabindex="0" aria-label="${title}">${text}</pre>
  </details>`;
}
