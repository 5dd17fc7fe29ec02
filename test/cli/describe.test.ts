import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { describeText } from '../../src/cli/output/describe.js';
import { jobTable, statesText } from '../../src/cli/output/jobs.js';
import { unfinished } from '../../src/cli/retrieve.js';
import { ATTEMPT, RUN } from '../views/examples.js';
import { screen } from './screen.js';

const RECORD = { run: RUN, attempts: [ATTEMPT] };

describe('one job', () => {
  it('is described with where it stands and why', () => {
    const text = describeText({
      record: RECORD,
      events: [
        { id: 1, at: 0, kind: 'phase', reason: 'Accepted', message: 'goes to\nlemaitre3', actor: 'me' },
      ],
      modules: [
        { attempt: 0, stage: 'staging', index: 1, module: 'size.py', changed: ['resources'] },
        {
          attempt: 1,
          stage: 'postprocessing',
          index: 1,
          module: 'check.sh',
          changed: [],
          failure: 'module check.sh (postprocessing 1) ended with code 3',
        },
      ],
      outputs: [{ path: 'r.txt', file: '/p/outputs/lattice/1/r.txt', size: 5, sha256: '' }],
      waiting: [{ name: 'lattice', reason: 'SpecChanged', message: 'its manifest came back' }],
      script: '#!/bin/sh\n\u001b[2Jx\n',
      manifest: 'name: lattice\n',
      root: '/p',
      now: 182_000,
      paint: picocolors.createColors(false),
    });
    expect(text).toMatch(/^Name: +lattice\nRun: +1\nUUID: +0d92/);
    expect(text).toMatch(
      /^Phase: +Running \(Executing\)\nMessage: +job 12 runs on lemaitre3\nWaits: +SpecChanged: its manifest came back\nConditions: OutOfSync\nManifest: +jobs\.d\/lattice\.yaml$/m,
    );
    expect(text).toMatch(
      /^Attempts\n {2}1\. lemaitre3: submitted\n {4}Job: +12\n {4}Tasks: +1 COMPLETED, 2 RUNNING$/m,
    );
    expect(text).toMatch(/^ {4}Submitted: {2}3m ago$/m);
    expect(text).toMatch(
      /^Modules\n {2}staging 1, size\.py: changed resources\n {2}attempt 1, postprocessing 1, check\.sh: module check\.sh \(postprocessing 1\) ended with code 3$/m,
    );
    expect(text).toMatch(/^Outputs\n {2}outputs\/lattice\/1\/r\.txt \(5 B\)$/m);
    expect(text).toMatch(/^ {2}3m ago +phase by me: Accepted, goes to lemaitre3$/m);
    expect(text).toMatch(/^Script of the latest attempt\n {2}#!\/bin\/sh\n {2}x\n$/m);
  });

  it('says nothing twice in its events', () => {
    const event = {
      id: 1,
      at: 0,
      kind: 'attempt',
      cluster: 'hercules',
      message: 'attempt 1 on hercules submitted as job 2',
    };
    const ended = { ...event, reason: 'Completed', message: 'attempt 1 on hercules completed as job 2' };
    const text = describeText({
      ...{
        record: RECORD,
        events: [event, ended, { ...event, message: 'lost' }],
        outputs: [],
        modules: [],
        waiting: [],
        script: undefined,
      },
      ...{ manifest: '', root: '/p', now: 0, paint: picocolors.createColors(false) },
    });
    expect(text).toMatch(
      /^Events\n {2}just now {2}attempt 1 on hercules submitted as job 2\n {2}just now {2}attempt 1 on hercules completed as job 2\n {2}just now {2}attempt on hercules: lost$/m,
    );
  });

  it('is a row of the table', () => {
    const { err } = screen();
    expect(jobTable(err, [RECORD], 180_000)).toBe(
      'NAME     RUN  PHASE    CLUSTER    JOB  AGE  REASON     MESSAGE\nlattice  1    Running  lemaitre3  12   3m   Executing  job 12 runs on lemaitre3\n',
    );
    expect(jobTable(screen({ columns: 80 }).err, [RECORD], 180_000)).toBe(
      'NAME     RUN  PHASE    CLUSTER    JOB  AGE  MESSAGE\nlattice  1    Running  lemaitre3  12   3m   job 12 runs on lemaitre3\n',
    );
    expect(jobTable(err, [RECORD], 180_000, true)).toMatch(/OutOfSync +1 COMPLETED, 2 RUNNING +\/w\/t /);
    expect(jobTable(err, [{ run: { ...RUN, generation: 2 }, attempts: [] }], 0)).toMatch(
      /lattice +1 g2 +Running +- +- /,
    );
  });

  it('of an array tells which tasks each attempt had, and how all of them stand', () => {
    const first = {
      ...ATTEMPT,
      state: 'ended',
      outcome: 'failed',
      taskStates: ['COMPLETED', 'FAILED', 'FAILED'],
    } as const;
    const second = { ...ATTEMPT, number: 2, tasks: [2, 3], taskStates: ['RUNNING', 'COMPLETED'] };
    const text = describeText({
      record: {
        run: { ...RUN, generation: 1, part: { tasks: [2, 3], of: 0, size: 3 } },
        attempts: [first, second],
      },
      ...{ events: [], modules: [], outputs: [], waiting: [], script: undefined, manifest: '', root: '/p' },
      ...{ now: 182_000, paint: picocolors.createColors(false) },
    });
    expect(text).toMatch(/^Part: +tasks 2-3 of 3, for the results of generation 0$/m);
    expect(text).toMatch(/^States: +2 COMPLETED, 1 RUNNING$/m);
    expect(text).toMatch(/^ {4}Tasks: +2-3: 1 RUNNING, 1 COMPLETED$/m);
  });

  it('tells its states while it has not ended', () => {
    expect(unfinished(RECORD)).toMatch(
      /^sluice: lattice has not ended, .*: Running \(Executing\); states: 1 COMPLETED, 2 RUNNING; job 12/,
    );
    expect(unfinished({ run: RUN, attempts: [] })).toMatch(/states: NOT_SUBMITTED/);
    expect(statesText({ ...ATTEMPT, taskStates: ['PENDING'] })).toBe('PENDING');
  });
});
