/**
 * `npm run bench`: what Sluice costs on the lab, beside the hand-written way in the same run. Ends with 1 when a
 * target is missed, with 69 where the lab cannot run. `--quick` measures less often; words limit it to some cases.
 * `soak` takes an hour, so that it is measured only where it is named.
 */
import { runLab } from '../lab/lab.js';
import { http } from './http.js';
import { observe } from './observe.js';
import { settled } from './settled.js';
import { soak } from './soak.js';
import { start } from './start.js';
import { submission, type SubmissionCase } from './submission.js';
import { render, type Row } from './table.js';

const SITE = 'lemaitre3';
const JOBS = 300;

const words = process.argv.slice(2);
const quick = words.includes('--quick');
const only = words.filter((word) => !word.startsWith('-'));

const submit = (rest: Pick<SubmissionCase, 'name' | 'options' | 'run'>): (() => Promise<Row[]>) => {
  const rounds = quick ? 1 : 3;
  return () => submission({ site: SITE, jobs: JOBS, rounds, secondPasses: quick ? 3 : 5, ...rest });
};

/** They need no cluster. */
const HERE = ['start', 'settled', 'observe', 'http', 'soak'];
const ONLY_NAMED = ['soak'];

const cases: Readonly<Record<string, () => Promise<Row[]>>> = {
  start: () => start(quick ? 15 : 31),
  running: submit({ name: 'they run at once', options: {}, run: true }),
  // No job starts: the submission alone, without the compute nodes that share this machine with it.
  waiting: submit({ name: 'they wait', options: { begin: 'now+1hour' }, run: false }),
  settled: async () => [
    ...(await settled({ jobs: 10_000, times: quick ? 3 : 7, passMs: 500, passMb: 200, getMs: 300 })),
    ...(await settled({ jobs: 100_000, times: quick ? 3 : 5, passMs: 2_000, passMb: 300 })),
  ],
  observe: () => observe({ jobs: 10_000, times: quick ? 3 : 5, ownMs: 1_000 }),
  http: () => http({ finished: 100_000, live: 1_000, seconds: quick ? 4 : 10 }),
  soak: () => soak({ finished: 100_000, live: 1_000, minutes: quick ? 3 : 60 }),
};

async function main(): Promise<number> {
  const unknown = only.filter((word) => !(word in cases));
  if (unknown.length > 0) {
    process.stderr.write(
      `bench: ${unknown.join(', ')}: no such case; there are ${Object.keys(cases).join(', ')}\n`,
    );
    return 64;
  }
  const chosen = Object.entries(cases).filter(([name]) =>
    only.length === 0 ? !ONLY_NAMED.includes(name) : only.includes(name),
  );
  const { code, stderr } = chosen.some(([name]) => !HERE.includes(name))
    ? await runLab(['up', SITE])
    : { code: 0, stderr: '' };
  if (code !== 0) {
    process.stderr.write(`bench: the lab cannot run here: ${stderr}`);
    return code;
  }
  const rows: Row[] = [];
  for (const [, measure] of chosen) rows.push(...(await measure()));
  process.stdout.write(render(rows));
  return rows.every((row) => row.met) ? 0 : 1;
}

process.exitCode = await main();
