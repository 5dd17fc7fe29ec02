/** Single tasks of an array: which of them begin anew, what is done before that, and what the run comes to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action, Mark } from '../../src/model/action.js';
import type { JobSpec, RetryPolicy } from '../../src/model/job.js';
import { allTasks, composeTasks, indexList, isDone } from '../../src/model/tasks.js';
import type { Attempt, Outcome, Part, Reason } from '../../src/model/run.js';
import { planPass } from '../../src/plan/plan.js';
import { type Repeats, repeatsOf } from '../../src/plan/tasks.js';
import {
  answered,
  attemptOf,
  claimOf,
  clusterOf,
  factsOf,
  NOW,
  planOf,
  reached,
  rowOf,
  runOf,
  type Scene,
  specOf,
  UNREACHABLE,
  wantedOf,
} from './scene.js';

/** The end of one attempt: a letter a task, `-` for one that it does not have. */
const LETTERS: Readonly<Record<string, readonly [state: string, code: string]>> = {
  c: ['COMPLETED', '0:0'],
  f: ['FAILED', '75:0'],
  t: ['TIMEOUT', '0:0'],
  n: ['NODE_FAIL', '0:0'],
  x: ['CANCELLED', '0:0'],
};

function endOf(letters: string): Outcome {
  if (letters.replaceAll('-', '').replaceAll('c', '') === '') return 'completed';
  return /[ftn]/.test(letters) ? 'failed' : 'cancelled';
}

function reasonOf(letters: string): Reason {
  if (letters.includes('f')) return 'ExecutionFailed';
  if (letters.includes('t')) return 'TimeLimit';
  return letters.includes('n') ? 'NodeFailure' : 'CancelledOutside';
}

function ended(spec: JobSpec, letters: string, number: number, more: Partial<Attempt> = {}): Attempt {
  const own = Array.from(letters).flatMap((letter, index) =>
    letter === '-' ? [] : [{ letter, task: index + 1 }],
  );
  const ends = own.map(({ letter }) => LETTERS[letter] ?? ['', '']);
  return attemptOf(spec, {
    ...{ number, state: 'ended', outcome: endOf(letters), reason: reasonOf(letters) },
    message: 'their words',
    ...(own.length < letters.length ? { tasks: own.map(({ task }) => task) } : {}),
    taskStates: ends.map(([state]) => state),
    jobStatus: { ExitCode: ends.map(([, code]) => code) },
    ...{ endedAt: NOW - 60_000, fetchedAt: NOW - 50_000, settledAt: NOW - 50_000 },
    ...more,
  });
}

/** Neither fetched nor settled. */
function still(attempt: Attempt): Attempt {
  const { fetchedAt, settledAt, ...rest } = attempt;
  expect([fetchedAt, settledAt]).not.toContain(undefined);
  return rest;
}

const ARRAY = { resources: { sbatchOptions: {}, arraySize: 4 } };
const history = (spec: JobSpec, ...tries: readonly string[]): Attempt[] =>
  tries.map((letters, index) => ended(spec, letters, index + 1));

function repeats(retry: RetryPolicy, tries: readonly string[]): Repeats | undefined {
  const attempts = history(specOf(ARRAY), ...tries);
  const left = composeTasks({ run: {}, attempts }, 4).filter((each) => !isDone(each));
  return repeatsOf(retry, attempts, left, NOW);
}

describe('which tasks are tried again', () => {
  it.each<[string, RetryPolicy, readonly string[], string | undefined]>([
    ['nothing asked', {}, ['cfcf'], undefined],
    ['those that failed', { attempts: 2 }, ['cfcf'], 'tasks 2,4 again: try 2 of 3'],
    ['the one that failed again', { attempts: 2 }, ['cfcf', '-c-f'], 'task 4 again: try 3 of 3'],
    ['its budget is its own', { attempts: 1 }, ['cfcf', '-c-f'], undefined],
    ['by its own exit code', { attempts: 1, on: ['exit:75'] }, ['cftc'], 'task 2 again: try 2 of 2'],
    ['by its own state', { attempts: 1, on: ['TIMEOUT'] }, ['cftc'], 'task 3 again: try 2 of 2'],
    ['a lost node costs that task nothing', {}, ['cnfc'], 'task 2 again: the cluster failed it, which costs no try'],
    ['and not the others', { attempts: 1 }, ['cnfc'], 'task 2 again: the cluster failed it, which costs no try; task 3 again: try 2 of 2'],
    ['three times', {}, ['nccc', 'n---', 'n---', 'n---'], undefined],
    ['a task has its three whatever befell another', {}, ['nccn', 'n---', 'n---', 'n--n'], 'task 4 again: the cluster failed it, which costs no try'],
    ['one that somebody cancelled is not', { attempts: 1 }, ['cxfc'], 'task 3 again: try 2 of 2'],
    ['unless that is named', { attempts: 1, on: ['CANCELLED'] }, ['cxfc'], 'task 2 again: try 2 of 2'],
  ])('%s', (_, retry, tries, expected) => {
    expect(repeats(retry, tries)?.words).toBe(expected);
  }); // prettier-ignore

  it('waits for the latest of them, and not where all of them are free', () => {
    const retry = { attempts: 1, backoffSeconds: 600 };
    expect(repeats(retry, ['cfnc'])).toMatchObject({
      tasks: [2, 3],
      notBefore: NOW + 540_000,
      isFree: false,
    });
    expect(repeats(retry, ['ccnc'])).toMatchObject({ tasks: [3], notBefore: 0, isFree: true });
  });

  it('none where the results of one that completed are lost', () => {
    const spec = specOf(ARRAY);
    const gone = { found: [], lost: [], gone: '/scratch/a' };
    const attempts = [ended(spec, 'cfcf', 1, { results: gone })];
    const left = composeTasks({ run: {}, attempts }, 4).filter((each) => !isDone(each));
    expect(left.map(({ task }) => task)).toEqual([1, 2, 3, 4]);
    expect(repeatsOf({ attempts: 1 }, attempts, left, NOW)).toBeUndefined();
  });

  it('names them in ranges', () => {
    expect(indexList([1, 2, 3, 7])).toBe('1-3,7');
    expect(indexList(allTasks(1))).toBe('1');
    expect(indexList([])).toBe('');
  });
});

/** As the wheel of the world turns: each attempt that a plan begins ends as the letters say, until none is begun. */
function live(spec: JobSpec, letters: readonly string[]): { attempts: Attempt[]; last: readonly Action[] } {
  const attempts: Attempt[] = [];
  const ends = letters.values();
  for (;;) {
    const { actions } = planPass(
      factsOf({ wanted: [wantedOf(spec)], live: [{ run: runOf(spec), attempts: [...attempts] }] }),
    );
    const stage = actions.find((action) => action.kind === 'stage');
    if (stage === undefined) return { attempts, last: actions };
    const tasks = stage.tasks ?? allTasks(4);
    const own = allTasks(4).map((task) => (tasks.includes(task) ? (ends.next().value ?? 'c') : '-'));
    attempts.push(ended(spec, own.join(''), attempts.length + 1));
  }
}

describe('whatever becomes of its tasks', () => {
  const ends = fc.array(fc.constantFrom('c', 'c', 'f', 't', 'n', 'x'), { minLength: 30, maxLength: 60 });
  const policies = fc.record({
    attempts: fc.integer({ min: 1, max: 3 }),
    on: fc.constantFrom(undefined, ['exit:75'], ['TIMEOUT', 'CANCELLED']),
  });

  it('an array runs each of them as often as is granted to it, and none that has completed', () => {
    fc.assert(
      fc.property(ends, policies, (letters, { attempts: granted, on }) => {
        const retry = { attempts: granted, ...(on === undefined ? {} : { on }) };
        const { attempts, last } = live(specOf({ ...ARRAY, retry }), letters);
        let done = 0;
        for (const task of allTasks(4)) {
          const states = attempts.flatMap((attempt) => {
            const at = (attempt.tasks ?? allTasks(4)).indexOf(task);
            return at < 0 ? [] : [attempt.taskStates[at] ?? ''];
          });
          const faults = states.filter((state) => state === 'NODE_FAIL').length;
          expect(states.length).toBeLessThanOrEqual(1 + granted + Math.min(faults, 3));
          // It is the last word where it is said.
          expect(states.slice(0, -1)).not.toContain('COMPLETED');
          if (states.at(-1) === 'COMPLETED') done += 1;
        }
        const end = last.find((action): action is Mark => action.kind === 'finish');
        expect(end?.phase === 'Succeeded').toBe(done === 4);
      }),
      { numRuns: 300 },
    );
  });
});

describe('in a plan, an array', () => {
  const spec = specOf({ ...ARRAY, retry: { attempts: 1 } });
  const plan = (attempts: readonly Attempt[], scene: Scene = {}, more: Parameters<typeof runOf>[1] = {}) =>
    planOf({ wanted: [wantedOf(spec)], live: [{ run: runOf(spec, more), attempts }], ...scene });

  it('is not held back for its retry any more', () => {
    expect(planOf({ wanted: [wantedOf(spec)] })).toEqual([
      'accept north',
      'stage north 1 fresh',
      'submit north 1',
    ]);
  });

  it('brings home and settles what ended, and then its failed tasks go', () => {
    const first = still(ended(spec, 'cfcf', 1));
    expect(plan([first])).toEqual(['fetch north 1 and goes on', 'settle north 1']);
    expect(plan([{ ...first, fetchedAt: NOW }])).toEqual(['settle north 1']);
    expect(plan([ended(spec, 'cfcf', 1)])).toEqual(['stage north 2 fresh tasks 2,4', 'submit north 2']);
    expect(plan([first], { reach: { north: UNREACHABLE } })).toEqual(['wait Pending/ClusterUnreachable']);
  });

  it('ends where it is cancelled in between, and its cluster is told so', () => {
    const attempts = [ended(spec, 'cfcf', 1)];
    expect(plan(attempts, {}, { cancelRequested: true })).toEqual([
      'finish Failed/ExecutionFailed',
      'settle north 1',
    ]);
    const away = { reach: { north: UNREACHABLE } };
    expect(plan(attempts, away, { cancelRequested: true })).toEqual(['finish Failed/ExecutionFailed']);
    const refused = attemptOf(spec, {
      ...{
        number: 2,
        state: 'ended',
        outcome: 'refused',
        reason: 'QueueLimit',
        tasks: [2, 4],
        settledAt: NOW,
      },
    });
    expect(plan([...attempts, refused], {}, { cancelRequested: true })).toEqual([
      'finish Cancelled/CancelledByUser',
      'settle north 2',
    ]);
  });

  it('says which, and which try', () => {
    const live = [{ run: runOf(spec), attempts: [ended(spec, 'cfcf', 1)] }];
    const [stage] = planPass(factsOf({ wanted: [wantedOf(spec)], live })).actions;
    expect(stage?.why).toBe('tasks 2,4 again: try 2 of 2; north is the first choice');
  });

  it('succeeds when every task has completed in some attempt', () => {
    const second = still(ended(spec, '-c-c', 2));
    expect(plan([ended(spec, 'cfcf', 1), second])).toEqual([
      'fetch north 2 then Succeeded/Done',
      'settle north 2',
    ]);
  });

  it('fails when one never did, though the last attempt completed', () => {
    const named = specOf({ ...ARRAY, retry: { attempts: 1, on: ['TIMEOUT'] } });
    const second = still(ended(named, '-c--', 2));
    const live = [{ run: runOf(named), attempts: [ended(named, 'ctcf', 1), second] }];
    const { actions } = planPass(factsOf({ wanted: [wantedOf(named)], live }));
    expect(actions[0]).toMatchObject({
      kind: 'fetch',
      then: {
        phase: 'Failed',
        reason: 'ExecutionFailed',
        message: 'task 4 of 4 did not complete; attempt 1: their words',
      },
    });
  });

  it('after a refusal has the same tasks again', () => {
    const refused = attemptOf(spec, {
      ...{ number: 2, state: 'ended', outcome: 'refused', reason: 'Refused', tasks: [2, 4], settledAt: NOW },
    });
    const both = { candidates: ['north', 'south'] };
    expect(plan([ended(spec, 'cfcf', 1), refused], {}, both)).toEqual([
      'stage south 3 fresh tasks 2,4',
      'submit south 3',
    ]);
  });

  it('takes room in the queue for those alone', () => {
    const clusters = [clusterOf('north', { maxJobs: 2 })];
    expect(plan([ended(spec, 'cfcf', 1)], { clusters })).toContain('submit north 2');
    expect(plan([ended(spec, 'fffc', 1)], { clusters })).toEqual(['wait Pending/QueueLimit']);
  });

  it('goes to no cluster where its array is another one', () => {
    const other = specOf({
      ...{ ...ARRAY, retry: { attempts: 1 }, destination: ['south', 'north'] },
      perCluster: { south: { resources: { sbatchOptions: {}, arraySize: 9 } } },
    });
    const live = [{ run: runOf(other), attempts: [ended(other, 'cfcf', 1)] }];
    expect(planOf({ wanted: [wantedOf(other)], live })).toEqual([
      'stage north 2 fresh tasks 2,4',
      'submit north 2',
    ]);
  });

  it('is judged by the tasks of the attempt', () => {
    const attempt = attemptOf(spec, { number: 2, state: 'submitted', jobId: '8', tasks: [2, 4] });
    const claim = claimOf(spec, { jobId: '8', owner: { kind: 'job', jobId: '8', restart: 0 } }, 2);
    const row = (task: number, state: string) =>
      rowOf(spec, state, { jobId: '8', tasks: [task], name: attempt.token });
    const queue = answered(row(2, 'COMPLETED'), row(4, 'COMPLETED'));
    const reach = { north: reached({ claims: [claim], queue }) };
    expect(plan([ended(spec, 'cfcf', 1), attempt], { reach })).toEqual([
      'conclude north 2 completed/Completed',
      'fetch north 2 then Succeeded/Done',
      'settle north 2',
    ]);
  });

  it('whose modules make another array of it has those tasks no more', () => {
    const modules = { staging: [], preprocessing: [{ module: 'm', execution: './m' }], postprocessing: [] };
    const prepared = specOf({ modules, resources: { sbatchOptions: {}, arraySize: 6 } });
    const own = specOf({ ...ARRAY, modules, retry: { attempts: 1 } });
    const attempt = attemptOf(own, {
      ...{ number: 2, state: 'prepared', tasks: [2, 4], heardAt: NOW },
      preparedJson: JSON.stringify(prepared),
    });
    const reach = { north: reached({ claims: [claimOf(own, { steps: { kind: 'done' } }, 2)] }) };
    const live = [{ run: runOf(own), attempts: [ended(own, 'cfcf', 1), attempt] }];
    const [conclude] = planPass(factsOf({ wanted: [wantedOf(own)], live, reach })).actions;
    expect(conclude).toMatchObject({
      kind: 'conclude',
      outcome: 'step-failed',
      message: 'its modules made an array of 6 tasks of it, and tasks 2,4 of an array of 4 were to run again',
    });
  });

  it('is not ended by what a cluster may tell that was not asked since the state was lost', () => {
    const second = still(ended(spec, '-c-c', 2, { cluster: 'south' }));
    const both = { candidates: ['north', 'south'] };
    const scene = { recalled: { north: false }, reach: { north: UNREACHABLE } };
    expect(plan([second], scene, both)).toEqual(['wait Pending/RecoveryIncomplete']);
  });
});

describe('a run that makes good for failed tasks', () => {
  const spec = specOf({ ...ARRAY, retry: { attempts: 1 } });
  const part: Part = { tasks: [2, 4], of: 0, size: 4 };
  const plan = (attempts: readonly Attempt[], wanted = spec, hash = '1:a') =>
    planOf({ wanted: [wantedOf(wanted, { hash })], live: [{ run: runOf(spec, { part }), attempts }] });

  it('begins with those, tries them again, and succeeds with them', () => {
    expect(plan([])).toEqual(['stage north 1 fresh tasks 2,4', 'submit north 1']);
    expect(plan([ended(spec, '-c-f', 1)])).toEqual(['stage north 2 fresh tasks 4', 'submit north 2']);
    const only = still(ended(spec, '-c-c', 1));
    expect(plan([only])).toEqual(['fetch north 1 then Succeeded/Done', 'settle north 1']);
  });

  it('takes an edit up before it is sent, but for one that asks for another array', () => {
    expect(plan([], specOf({ ...ARRAY, execution: ['./better'] }), '1:b')).toEqual([
      'accept north',
      'stage north 1 fresh tasks 2,4',
      'submit north 1',
    ]);
    const larger = specOf({ resources: { sbatchOptions: {}, arraySize: 6 } });
    expect(plan([], larger, '1:b')).toEqual(['stage north 1 fresh tasks 2,4', 'submit north 1', 'sync out']);
  });
});

describe('an array whose cluster is away when it has ended', () => {
  const spec = specOf({ ...ARRAY, destination: ['north', 'south'], retry: { attempts: 1 } });
  const planned = (letters: string): readonly string[] =>
    planOf({
      wanted: [wantedOf(spec)],
      reach: { north: UNREACHABLE },
      live: [{ run: runOf(spec, { phase: 'Running' }), attempts: [still(ended(spec, letters, 1))] }],
    });
  it('goes on elsewhere at once where none of its tasks has completed', () => {
    expect(planned('nnnn')).toEqual(['stage south 2 fresh tasks 1,2,3,4', 'submit south 2']);
  });
  it('waits for the results of those that have', () => {
    expect(planned('cnnn')).toEqual(['wait Running/ClusterUnreachable']);
  });
});
