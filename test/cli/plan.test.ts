import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { pendingChanges, planSummary, planText } from '../../src/cli/output/plan.js';
import { planJson } from '../../src/cli/plan.js';
import type { Action, Plan } from '../../src/model/action.js';
import { RUN, SPEC } from '../views/examples.js';

const paint = picocolors.createColors(false);
const of = { uuid: RUN.uuid, name: 'lattice', run: '1' };
const on = { ...of, cluster: 'nic5', site: 'nic5', token: 'lattice.u.1', attempt: 1 };
const choices = [
  { cluster: 'lemaitre3', chosen: false, why: 'it cannot be reached: connection refused' },
  { cluster: 'nic5', chosen: true, why: 'next that can take it' },
];
const ACTIONS: readonly Action[] = [
  {
    kind: 'accept',
    ...of,
    generation: 0,
    why: 'its manifest is new',
    spec: SPEC,
    hash: 'h',
    manifestFile: '/p/a.yaml',
    candidates: ['lemaitre3', 'nic5'],
  },
  { kind: 'stage', ...on, why: 'nic5 can take it', fresh: true, resume: false, choices },
  { kind: 'submit', ...on, why: 'nothing is to be prepared' },
  {
    kind: 'wait',
    uuid: 'other',
    name: 'other',
    run: '2',
    why: 'x',
    phase: 'Queued',
    reason: 'WaitingInQueue',
    message: 'Priority\u001b[2J',
    conditions: [],
  },
];
const PLAN: Plan = { actions: ACTIONS, unchanged: 7, asks: [], waiting: [] };
const SCRIPTS = new Map([['lattice.u.1', '#!/bin/sh\nsrun ./run\n']]);

describe('a plan', () => {
  it('is grouped by job, with the reasons and the choice of a cluster', () => {
    expect(planText(PLAN, { paint })).toBe(
      [
        'lattice',
        '  + accept    its manifest is new; clusters in order: lemaitre3, nic5',
        '  + stage    -> nic5  nic5 can take it',
        '      lemaitre3: passed over, it cannot be reached: connection refused',
        '      nic5: chosen, next that can take it',
        '  + submit   -> nic5  nothing is to be prepared',
        'other (run 2)',
        '  . wait      Queued/WaitingInQueue: Priority',
        '',
      ].join('\n'),
    );
  });

  it('shows scripts when asked', () => {
    expect(planText(PLAN, { paint, scripts: SCRIPTS })).toContain(
      '      | #!/bin/sh\n      | srun ./run\nother',
    );
  });

  it('is summed up', () => {
    expect(planSummary(PLAN)).toBe('3 actions for 1 job; 7 runs unchanged.');
    expect(planSummary({ actions: [], unchanged: 1, asks: [], waiting: [] })).toBe(
      'Nothing to do; 1 run unchanged.',
    );
    expect(planSummary({ actions: [], unchanged: 0, asks: [], waiting: [] })).toBe('Nothing to do.');
    expect(pendingChanges(PLAN)).toBe(3);
    expect(pendingChanges({ ...PLAN, actions: ACTIONS.slice(3) })).toBe(0);
  });

  it('is JSON for machines', () => {
    const report = { plan: PLAN, problems: [], clusters: [], scripts: SCRIPTS };
    const { version, items, ...more } = planJson(report, true);
    expect({ version, ...more }).toEqual({
      version: 1,
      changes: 3,
      unchanged: 7,
      waiting: [],
      problems: [],
      clusters: [],
    });
    expect(items).toMatchObject([
      {
        kind: 'accept',
        name: 'lattice',
        job_uuid: RUN.uuid,
        change: true,
        user_input: { destination_cluster: 'lemaitre3' },
      },
      { kind: 'stage', cluster: 'nic5', token: 'lattice.u.1', choices },
      { kind: 'submit', script: '#!/bin/sh\nsrun ./run\n' },
      { kind: 'wait', change: false, reason: 'WaitingInQueue' },
    ]);
    expect(JSON.stringify(planJson(report, false))).not.toContain('srun ./run\\n');
  });
});
