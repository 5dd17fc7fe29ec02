/**
 * One job each, none lost, whatever is killed, cut or deleted: on real Slurm, judged by Slurm's own books.
 * By default every kind of point once and some of the rest by a choice that is always the same; `SLUICE_FAULTS=all` takes
 * every point on both sites, `SLUICE_FAULTS_SEED` another choice (`random`: a new one each time, which it tells).
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labAbsent } from '../lab/lab.js';
import { buildChild } from './build.js';
import { runnerTrials, sabotageTrials } from './far-side.js';
import { lossTrials, requeueTrials, twinTrials, writersTrials } from './memory.js';
import {
  countPoints,
  cutTrials,
  isOnTheLine,
  killTrials,
  randomOf,
  randomTrials,
  sample,
  some,
} from './near-side.js';
import { CHILD_VARIABLE } from './project.js';
import { type Trial, Trials } from './trial.js';

const ALL = process.env['SLUICE_FAULTS'] === 'all';
const ASKED = process.env['SLUICE_FAULTS_SEED'];
const SEED = ASKED === 'random' ? Date.now() % 100_000 : Number(ASKED ?? 1);
const random = randomOf(SEED);
const trials = new Trials();

describe.skipIf(labAbsent())(`faults, seed ${SEED}`, { timeout: ALL ? 3_600_000 : 1_200_000 }, () => {
  beforeAll(() => {
    process.env[CHILD_VARIABLE] = buildChild();
  });
  afterAll(() => {
    rmSync(process.env[CHILD_VARIABLE] ?? '', { recursive: true, force: true });
    process.stdout.write(`\n${trials.table()}\n`);
  });

  async function none(scenario: string, chosen: readonly Trial[]): Promise<void> {
    expect(await trials.all(scenario, chosen)).toEqual([]);
  }

  describe.concurrent('strike', () => {
    it('the process, at every kind of point (hercules)', async () => {
      const points = await countPoints('hercules');
      await none(
        'process killed, hercules',
        killTrials('hercules', ALL ? points : sample(points, random, 2)),
      );
    });

    it('the process and the line, at some points (lemaitre3)', async () => {
      const points = await countPoints('lemaitre3');
      const onTheLine = points.filter(isOnTheLine);
      await none(
        'process killed, lemaitre3',
        killTrials('lemaitre3', ALL ? points : some(points, random, 8)),
      );
      await none('line cut, lemaitre3', cutTrials('lemaitre3', ALL ? onTheLine : some(onTheLine, random, 5)));
    });

    it('the line, at points on the way (hercules)', async () => {
      const points = (await countPoints('hercules')).filter(isOnTheLine);
      const acting = points.filter(({ label }) => !label.startsWith('observe'));
      await none('line cut, hercules', cutTrials('hercules', ALL ? points : some(acting, random, 14)));
    });

    it('the process, twice, anywhere', async () => {
      const count = ALL ? 40 : 3;
      const chosen = [
        ...randomTrials('hercules', random, count),
        ...randomTrials('lemaitre3', random, count),
      ];
      await none('process killed at random moments', chosen);
    });

    it("the cluster's half", async () => {
      await none("wrapper's shell killed, hercules", sabotageTrials('hercules'));
      await none(
        "wrapper's shell killed, lemaitre3",
        sabotageTrials('lemaitre3', (name) => /accepted|was heard|after the (claim|ledger)/.test(name)),
      );
      await none("steps' runner killed", runnerTrials('hercules'));
    });

    it('the memory', async () => {
      const database = [...lossTrials('hercules', 'database'), ...lossTrials('lemaitre3', 'database')];
      const state = [...lossTrials('lemaitre3', 'state'), ...lossTrials('hercules', 'state')];
      // Each moment on one of the two sites, the other loss on the other.
      const taken = (_: Trial, index: number): boolean =>
        ALL || (index % 2 === 0) === index < database.length / 2;
      await none('database lost', database.filter(taken));
      await none('whole state lost', state.filter(taken));
    });

    it('a running job, by a requeue', async () => {
      await none('scontrol requeue', [...requeueTrials('hercules'), ...requeueTrials('lemaitre3')]);
    });

    it('nobody, but do it twice', async () => {
      await none('two processes, one state', [...writersTrials('hercules'), ...writersTrials('lemaitre3')]);
    });

    it('nobody, but from two states', async () => {
      const twins = [...twinTrials('hercules'), ...twinTrials('lemaitre3')];
      await none('two states, one installation', ALL ? twins : some(twins, random, 9));
    });
  });
});
