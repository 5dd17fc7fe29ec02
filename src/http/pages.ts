/** From what the API knows to the pages' values. */
import { PHASES, type RunRecord } from '../model/run.js';
import { storyPage } from '../page/job.js';
import type { Frame } from '../page/layout.js';
import { overviewPage } from '../page/overview.js';
import { troublePage } from '../page/problem.js';
import { toEvent } from '../views/event.js';
import type { RecordView } from '../views/record.js';
import { viewOf } from './find.js';
import type { World } from './ports.js';
import type { ProblemDocument } from './problem.js';
import { type Ask, type Reply, textOf, textsOf } from './route.js';
import { clusterViews } from './routes/clusters.js';
import { cursorText, filterOf } from './routes/jobs.js';

const HTML = 'text/html; charset=utf-8';
const JOBS_OF_A_PAGE = 100;
const MOST_EVENTS = 300;
const MOST_OTHERS = 10;
const MOST_BLOCKED = 20;

export function overview(ask: Ask): Reply {
  const { world, values } = ask;
  const { runs, next } = world.listing.page({ ...filterOf(values), limit: JOBS_OF_A_PAGE });
  const records = runs.flatMap(({ uuid }) => world.store.records.byUuid(uuid) ?? []);
  const counts = world.listing.phaseCounts();
  const body = overviewPage({
    frame: frameOf(ask),
    clusters: clusterViews(world),
    problems: world.lastPass()?.problems ?? [],
    waiting: world.store.waiting.all(),
    blocked: blockedJobs(world),
    filter: {
      phases: textsOf(values, 'phase'),
      labels: textsOf(values, 'label'),
      name: textOf(values, 'name'),
      cluster: textOf(values, 'cluster'),
      all: values['all'] === true,
      sort: textOf(values, 'sort'),
    },
    jobs: records.map((record) => viewOf(world, record)),
    next: next === undefined ? null : cursorText(next),
    counts: PHASES.flatMap((phase) => {
      const count = counts.get(phase);
      return count === undefined ? [] : [[phase, count] as const];
    }),
  });
  return { body, type: HTML };
}

function blockedJobs(world: World): RecordView[] {
  const blocked = { phases: ['Blocked'], labels: [], all: false, sort: '-created' } as const;
  const { runs } = world.listing.page({ ...blocked, limit: MOST_BLOCKED });
  const records = runs.flatMap(({ uuid }) => world.store.records.byUuid(uuid) ?? []);
  return records.map((record) => viewOf(world, record));
}

export async function jobPage(ask: Ask, record: RunRecord): Promise<Reply> {
  const { world } = ask;
  const { uuid, name } = record.run;
  const begin = world.listing.eventsBegin(uuid, MOST_EVENTS);
  const named = { phases: [], labels: [], name, all: true, sort: '-created', limit: 100 } as const;
  const others = world.listing.page(named).runs.filter((each) => each.name === name && each.uuid !== uuid);
  const body = storyPage({
    frame: frameOf(ask),
    record: viewOf(world, record),
    events: world.store.events.ofRun(uuid, { after: begin }).map(toEvent),
    cut: begin > 0,
    script: record.attempts.at(-1)?.script ?? (await world.script(uuid)),
    others: others.slice(0, MOST_OTHERS).map(({ uuid: other, run, phase }) => ({ uuid: other, run, phase })),
  });
  return { body, type: HTML };
}

export function problemPage(problem: ProblemDocument): string {
  return troublePage(problem);
}

function frameOf({ world, user }: Ask): Frame {
  const at = world.lastPass()?.at;
  return {
    installation: world.installation,
    user: world.users().length === 0 ? '' : user.name,
    now: world.now(),
    lastPass: at === undefined ? null : new Date(at).toISOString(),
  };
}
