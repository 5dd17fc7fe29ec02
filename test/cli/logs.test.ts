import { describe, expect, it } from 'vitest';
import { assertTask, nothing, ranges, type LogsFlags } from '../../src/cli/logs.js';
import type { Attempt, FetchedFile, Run, RunRecord } from '../../src/model/run.js';
import { attemptOf, runOf, specOf } from '../plan/scene.js';

const ARRAY = specOf({ resources: { sbatchOptions: {}, arraySize: 4 } });
const STEPPED = specOf({ compilation: ['make'] });
const TWICE = specOf({ requirements: ['module load x'], compilation: ['make'] });

function recordOf(spec = specOf(), attempt?: Partial<Attempt>, run: Partial<Run> = {}): RunRecord {
  return { run: runOf(spec, run), attempts: attempt === undefined ? [] : [attemptOf(spec, attempt)] };
}
function file(path: string): FetchedFile {
  return { path, file: `/o/${path}`, size: 1, sha256: '' };
}

describe('which task', () => {
  it.each<[string, RunRecord, LogsFlags, RegExp]>([
    [
      'must be said of an array, and which there are',
      recordOf(ARRAY, { state: 'submitted', taskStates: ['COMPLETED', 'RUNNING', 'PENDING', 'FAILED'] }),
      {},
      /^fit is an array of 4 tasks; say which one, as sluice logs fit --task 1 \(there are logs of 1-2, 4\)$/,
    ],
    ['of an array that has not begun', recordOf(ARRAY), {}, /none of them has begun yet/],
    ['beyond the last one', recordOf(ARRAY), { task: 5 }, /has the tasks 1 to 4, and no task 5/],
    ['of a job that is no array', recordOf(), { task: 1 }, /is no array; leave --task out: sluice logs fit$/],
    ['of a step', recordOf(ARRAY), { task: 1, stream: 'compilation' }, /runs once for the whole job/],
  ])('%s', (_, record, flags, words) => {
    expect(() => {
      assertTask(record, flags, []);
    }).toThrow(words);
  });
  it('is told from the results where they are here', () => {
    const fetched = ['logs/stdout.2', 'logs/stderr.2', 'logs/stdout.10', 'logs/compilation', 'r.1'].map(file);
    expect(() => {
      assertTask(recordOf(ARRAY), {}, fetched);
    }).toThrow(/--task 2 \(there are logs of 2, 10\)/);
  });
  it.each<[RunRecord, LogsFlags]>([
    [recordOf(ARRAY), { task: 4 }],
    [recordOf(ARRAY), { stream: 'requirements' }],
    [recordOf(), {}],
  ])('is right', (record, flags) => {
    expect(() => {
      assertTask(record, flags, []);
    }).not.toThrow();
  });
  it('is shown in ranges', () => {
    expect(ranges([1, 2, 3, 5, 7, 8])).toBe('1-3, 5, 7-8');
    expect(ranges([])).toBe('');
  });
});

describe('why there is nothing', () => {
  it.each<[string, RunRecord, LogsFlags, string]>([
    [
      'not submitted',
      recordOf(specOf(), undefined, { reason: 'ClusterUnreachable', message: 'north: timed out' }),
      {},
      'fit has no output yet: Pending (ClusterUnreachable): north: timed out',
    ],
    [
      'its steps run',
      recordOf(
        STEPPED,
        { state: 'stepping' },
        { phase: 'Preparing', reason: 'StepsRunning', message: 'they run' },
      ),
      {},
      'fit has no output yet: Preparing (StepsRunning): they run; for its steps: sluice logs fit --stream compilation',
    ],
    [
      'a step failed',
      recordOf(
        TWICE,
        { state: 'ended', outcome: 'step-failed' },
        {
          phase: 'Failed',
          reason: 'StepFailed',
          message: 'compilation "make" ended with exit code 2:\nno requirements',
        },
      ),
      {},
      'fit has no output: Failed (StepFailed): compilation "make" ended with exit code 2:\nno requirements; for its steps: sluice logs fit --stream compilation',
    ],
    [
      'it runs and says nothing',
      recordOf(specOf(), { state: 'submitted' }, { phase: 'Running' }),
      {},
      'fit has written nothing to its standard output or standard error yet',
    ],
    [
      'it said nothing',
      recordOf(ARRAY, { state: 'ended', outcome: 'completed' }, { phase: 'Succeeded' }),
      { task: 2, stream: 'stderr' },
      'fit, task 2, has written nothing to stderr',
    ],
  ])('%s', (_, record, flags, words) => {
    expect(nothing(record, flags)).toBe(words);
  });
});
