import { describe, expect, it } from 'vitest';
import { parseAccounting, parseQueue } from '../../src/slurm/parse.js';
import { accountingLine, answer, queueLine, SUBMITTED, TOKEN } from './rows.js';

describe('squeue', () => {
  it('reads rows', () => {
    const asked = parseQueue(
      answer([queueLine('7_[1-2%1]', 'PENDING', { reason: 'Resources' }), queueLine('8', 'RUNNING')]),
    );
    expect(asked).toMatchObject({
      kind: 'answered',
      value: [
        {
          jobId: '7',
          tasks: [1, 2],
          state: 'PENDING',
          ended: false,
          reason: 'Resources',
          name: TOKEN,
          submittedAt: SUBMITTED,
        },
        { jobId: '8', tasks: [0], state: 'RUNNING', ended: false },
      ],
    });
  });

  it('an empty queue is an answer', () => {
    expect(parseQueue(answer([]))).toEqual({ kind: 'answered', value: [] });
  });

  it('a controller that is not there is silence, with its words', () => {
    const errors = ['slurm_load_jobs error: Unable to contact slurm controller (connect failure)'];
    expect(parseQueue(answer([], 1, errors))).toEqual({
      kind: 'silent',
      why: `squeue failed with code 1: ${errors[0]}`,
    });
  });

  it('an id that was forgotten is an answer', () => {
    const asked = parseQueue(answer([], 1, ['slurm_load_jobs error: Invalid job id specified']));
    expect(asked).toEqual({ kind: 'answered', value: [] });
  });

  it('skips noise', () => {
    const asked = parseQueue(
      answer(['*** maintenance on Tuesday ***', '', 'a\x1fb\x1fc\x1fd\x1fe', queueLine('8', 'RUNNING')]),
    );
    expect(asked).toMatchObject({ kind: 'answered', value: [{ jobId: '8' }] });
  });

  it('keeps unknown words, live', () => {
    expect(parseQueue(answer([queueLine('8', 'HIBERNATING')]))).toMatchObject({
      value: [{ state: 'HIBERNATING', ended: false }],
    });
  });

  it('not asked', () => {
    expect(parseQueue(answer([], 'none'))).toEqual({ kind: 'none' });
  });
});

describe('sacct', () => {
  it('reads rows, drops steps, takes the first word', () => {
    const asked = parseAccounting(
      answer([
        accountingLine('7', 'CANCELLED by 1001'),
        accountingLine('7.batch', 'COMPLETED'),
        accountingLine('7.extern', 'COMPLETED'),
        accountingLine('8_3', 'OUT_OF_ME+', { exitCode: '0:125' }),
      ]),
    );
    expect(asked).toMatchObject({
      kind: 'answered',
      value: [
        {
          jobId: '7',
          state: 'CANCELLED',
          ended: true,
          fields: { State: 'CANCELLED by 1001', NodeList: 'n[1-2]' },
        },
        { jobId: '8', tasks: [3], state: 'OUT_OF_MEMORY', ended: true, exitCode: '0:125' },
      ],
    });
  });

  it.each([
    ['switched off', 1, ['Slurm accounting storage is disabled'], 'none'],
    ['database down', 1, ['sacct: error: Problem talking to the database: Connection refused'], 'silent'],
    ['database down, exit 0', 0, ['sacct: error: slurm_persist_conn_open: Connection refused'], 'silent'],
    ['no sacct', 127, ['sh: 1: sacct: not found'], 'silent'],
    ['nothing yet', 0, [], 'answered'],
  ] as const)('%s', (_, code, errors, kind) => {
    expect(parseAccounting(answer([], code, errors)).kind).toBe(kind);
  });
});
