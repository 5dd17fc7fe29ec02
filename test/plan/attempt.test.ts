/** Every rule of an attempt that may be live: what is seen on its cluster → what is done. */
import { describe, expect, it } from 'vitest';
import { planPass } from '../../src/plan/plan.js';
import type { JobSpec } from '../../src/model/job.js';
import type { Attempt, Run } from '../../src/model/run.js';
import {
  answered,
  attemptOf,
  claimOf,
  factsOf,
  NONE,
  NOW,
  planOf,
  reached,
  rowOf,
  runOf,
  type Seen,
  SILENT,
  specOf,
  STEPS,
  wantedOf,
} from './scene.js';

const plain = specOf();
const stepped = specOf(STEPS);
const ALIVE = { kind: 'made', maker: 'alive', ageSeconds: 900 } as const;
const DEAD = { kind: 'made', maker: 'dead', ageSeconds: 900 } as const;
const DEAD_NOW = { kind: 'made', maker: 'dead', ageSeconds: 2 } as const;
const AWAY = { kind: 'made', maker: 'unknown', ageSeconds: 900 } as const;
const AWAY_NOW = { kind: 'made', maker: 'unknown', ageSeconds: 60 } as const;
const turnless = (maker: 'alive' | 'dead' | 'unknown', ageSeconds: number) =>
  ({ kind: 'waiting', maker, ageSeconds }) as const;
const OWNED = { kind: 'job', jobId: '7', restart: 0 } as const;
const FENCED = { kind: 'fence' } as const;
const UNREADABLE = { kind: 'unreadable' } as const;
const CANCEL: Partial<Run> = { cancelRequested: true };
const SUBMITTED: Partial<Attempt> = { state: 'submitted', jobId: '7' };
const silentFor = (seconds: number) =>
  ({ kind: 'running', maker: 'unknown', heartbeatAgeSeconds: seconds, host: 'login2', turn: 1 }) as const;
const exit = (exitCode: number): ReturnType<typeof claimOf>['exits'] => [
  { task: 0, exitCode, item: exitCode === 0 ? 0 : 1, endedAtEpochSeconds: 1, jobId: '7', restart: 0 },
];

interface Case {
  readonly spec?: JobSpec;
  readonly run?: Partial<Run>;
  readonly attempt?: Partial<Attempt>;
  /** null: no claim is seen. */
  readonly claim?: Parameters<typeof claimOf>[1] | null;
  readonly seen?: Omit<Seen, 'claims'>;
}

function plan(each: Case): readonly string[] {
  const { spec = plain, run = {}, attempt = {}, claim = {}, seen = {} } = each;
  const claims = claim === null ? [] : [claimOf(spec, claim)];
  const phase: Partial<Run> = { phase: 'Staging', ...run };
  return planOf({
    wanted: [wantedOf(spec)],
    live: [{ run: runOf(spec, phase), attempts: [attemptOf(spec, attempt)] }],
    reach: { north: reached({ ...seen, claims }) },
  });
}

const REFUSED_FOR_GOOD = {
  refusal: { exitCode: 1, text: 'sbatch: error: invalid partition specified' },
  ticket: DEAD,
};
const REFUSED_FOR_NOW = {
  refusal: { exitCode: 1, text: 'sbatch: error: QOSMaxSubmitJobPerUserLimit' },
  ticket: DEAD,
};
const REFUSED_UNCLEARLY = {
  refusal: { exitCode: 1, text: 'Socket timed out on send/recv operation' },
  ticket: DEAD,
};
const gone = (run: Partial<Run> = {}, seen: Omit<Seen, 'claims'> = {}): Case => ({
  attempt: SUBMITTED,
  run: { phase: 'Running', ...run },
  claim: { jobId: '7', ticket: DEAD, owner: OWNED },
  seen,
});
const LONG_AGO: Partial<Run> = { reason: 'OutcomeUnknown', updatedAt: NOW - 11 * 60_000 };
const JUST_NOW: Partial<Run> = { reason: 'OutcomeUnknown', updatedAt: NOW - 60_000 };

const FAMILIES: Readonly<Record<string, readonly (readonly [string, Case, readonly string[]])[]>> = {
  'before the ticket': [
    ['intended, no claim there: the same attempt goes on', { attempt: { state: 'intended' }, claim: null }, ['stage north 1', 'submit north 1']],
    ['intended, no claim there, with steps', { spec: stepped, attempt: { state: 'intended' }, claim: null }, ['stage north 1', 'steps north 1']],
    ['intended, claimed and not placed', { attempt: { state: 'intended' }, claim: { placed: false } }, ['stage north 1 resume', 'submit north 1']],
    ['intended, the queue silent: its ticket keeps it single', { attempt: { state: 'intended' }, claim: null, seen: { queue: SILENT } }, ['stage north 1', 'submit north 1']],
    ['placed, nothing to prepare', {}, ['submit north 1']],
    ['placed, steps never begun', { spec: stepped }, ['steps north 1']],
    ['steps run', { spec: stepped, claim: { steps: { kind: 'running', maker: 'alive', heartbeatAgeSeconds: 3, host: 'l1', turn: 1 } } }, ['progress Preparing/StepsRunning']],
    ['steps run here, and their heart is late', { spec: stepped, claim: { steps: { kind: 'running', maker: 'alive', heartbeatAgeSeconds: 9999, host: 'l1', turn: 1 } } }, ['progress Preparing/StepsRunning']],
    ['steps run on another login host', { spec: stepped, claim: { steps: silentFor(299) } }, ['progress Preparing/StepsRunning']],
    ['steps on another login host are silent: could not ask is not dead', { spec: stepped, claim: { steps: silentFor(301) } }, ['progress Preparing/StepsSilent']],
    ['steps on another login host are silent for long: a person is asked', { spec: stepped, claim: { steps: silentFor(1801) } }, ['hold Blocked/StepsSilent']],
    ['steps on another login host were silent, and beat again', { spec: stepped, run: { phase: 'Blocked', reason: 'StepsSilent' }, claim: { steps: silentFor(3) } }, ['progress Preparing/StepsRunning']],
    ['steps on another login host were silent, and are done', { spec: stepped, run: { phase: 'Blocked', reason: 'StepsSilent' }, claim: { steps: { kind: 'done' } } }, ['submit north 1']],
    ['the third runner of the steps died too', { spec: stepped, claim: { steps: { kind: 'running', maker: 'dead', heartbeatAgeSeconds: 99, host: 'l1', turn: 3 } } }, ['fence north 1 step-failed/StepFailed']],
    ['the third runner of the steps lives', { spec: stepped, claim: { steps: { kind: 'running', maker: 'alive', heartbeatAgeSeconds: 9, host: 'l1', turn: 3 } } }, ['progress Preparing/StepsRunning']],
    ['the runner of the steps died', { spec: stepped, claim: { steps: { kind: 'running', maker: 'dead', heartbeatAgeSeconds: 99, host: 'l1', turn: 1 } } }, ['steps north 1']],
    ['steps done', { spec: stepped, claim: { steps: { kind: 'done' } } }, ['submit north 1']],
    ['a step failed', { spec: stepped, claim: { steps: { kind: 'failed', step: 'compilation', item: 1, exitCode: 2, tail: 'no rule' } } }, ['conclude north 1 step-failed/StepFailed', 'fetch north 1 then Failed/StepFailed', 'settle north 1']],
    ['its claim is damaged: a person is asked', { claim: { nonce: '-' } }, ['hold Blocked/SubmissionUnknown']],
    ['its claim is damaged, and a person says that it was never submitted', { run: { notSubmitted: 1 }, claim: { nonce: '-' } }, ['conclude north 1 fenced/SubmissionUnknown', 'settle north 1', 'stage north 2 fresh', 'submit north 2']],
    ['its marks cannot be read, and a person says that it was never submitted', { run: { notSubmitted: 1 }, claim: { owner: { kind: 'unreadable' }, ticket: DEAD } }, ['conclude north 1 fenced/SubmissionUnknown', 'settle north 1', 'stage north 2 fresh', 'submit north 2']],
    ['a person says that it was never submitted, and the fence can be made', { run: { notSubmitted: 1 }, claim: { ticket: DEAD } }, ['fence north 1 fenced/SubmissionUnknown']],
    ['a person said so of an earlier attempt', { run: { notSubmitted: 7 }, claim: { nonce: '-' } }, ['hold Blocked/SubmissionUnknown']],
    ['its claim is damaged, and its id is known: it is followed', { claim: { nonce: '-', jobId: '7' }, seen: { queue: answered(rowOf(plain, 'RUNNING')) } }, ['adopt north 1 job 7', 'progress Running/Executing']],
    ['the claim vanished, the queue shows nothing', { claim: null }, ['hold Blocked/SubmissionUnknown']],
    ['the claim vanished, the queue shows its token', { claim: null, seen: { queue: answered(rowOf(plain, 'RUNNING')) } }, ['adopt north 1 job 7', 'progress Running/Executing']],
    ['the claim vanished, the queue is silent', { claim: null, seen: { queue: SILENT } }, ['wait Staging/ControllerUnavailable']],
  ],
  'an answer that never came': [
    ['its maker lives', { claim: { ticket: ALIVE } }, ['wait Staging/SubmissionUnknown']],
    ['its maker died just now', { claim: { ticket: DEAD_NOW } }, ['wait Staging/SubmissionUnknown']],
    ['its maker died, the queue shows none', { claim: { ticket: DEAD } }, ['fence north 1 fenced/SubmissionUnknown']],
    ['its maker is on another host, not long ago', { claim: { ticket: AWAY_NOW } }, ['wait Staging/SubmissionUnknown']],
    ['its maker is on another host, long ago', { claim: { ticket: AWAY } }, ['fence north 1 fenced/SubmissionUnknown']],
    ['its turn has not come, its maker lives', { claim: { ticket: turnless('alive', 9000) } }, ['wait Staging/SubmissionUnknown']],
    ['its turn never came, its maker is dead: nothing is waited for', { claim: { ticket: turnless('dead', 0) } }, ['fence north 1 fenced/SubmissionUnknown']],
    ['its turn never came, its maker is dead, the queue shows its token', { claim: { ticket: turnless('dead', 0) }, seen: { queue: answered(rowOf(plain, 'PENDING')) } }, ['adopt north 1 job 7', 'progress Queued/WaitingInQueue']],
    ['its turn never came, its maker is dead, the queue is silent', { claim: { ticket: turnless('dead', 0) }, seen: { queue: SILENT } }, ['wait Staging/ControllerUnavailable']],
    ['its turn has not come, its maker is on another host', { claim: { ticket: turnless('unknown', 599) } }, ['wait Staging/SubmissionUnknown']],
    ['its turn has not come for long, its maker is on another host', { claim: { ticket: turnless('unknown', 601) } }, ['fence north 1 fenced/SubmissionUnknown']],
    ['the queue is silent', { claim: { ticket: DEAD }, seen: { queue: SILENT } }, ['wait Staging/ControllerUnavailable']],
    ['the queue was not asked', { claim: { ticket: DEAD }, seen: { queue: NONE } }, ['wait Staging/ControllerUnavailable']],
    ['the queue shows its token', { claim: { ticket: DEAD }, seen: { queue: answered(rowOf(plain, 'PENDING')) } }, ['adopt north 1 job 7', 'progress Queued/WaitingInQueue']],
    ['its id stands on the cluster', { claim: { ticket: DEAD, jobId: '7' }, seen: { queue: answered(rowOf(plain, 'PENDING')) } }, ['adopt north 1 job 7', 'progress Queued/WaitingInQueue']],
    ['its id stands on the cluster, the queue is silent', { claim: { ticket: DEAD, jobId: '7' }, seen: { queue: SILENT } }, ['adopt north 1 job 7', 'wait Staging/ControllerUnavailable']],
    ['a job owns it', { claim: { ticket: DEAD, owner: OWNED }, seen: { queue: answered(rowOf(plain, 'RUNNING')) } }, ['adopt north 1 job 7', 'progress Running/Executing']],
    ['the fence holds it: dead, the next may go', { claim: { ticket: DEAD, owner: FENCED } }, ['conclude north 1 fenced/SubmissionUnknown', 'settle north 1', 'stage north 2 fresh', 'submit north 2']],
    ['the fence holds it, the queue silent: dead all the same, but nothing new goes there', { claim: { ticket: DEAD, owner: FENCED }, seen: { queue: SILENT } }, ['conclude north 1 fenced/SubmissionUnknown', 'wait Staging/ControllerUnavailable']],
    ['the fence holds it before anything was placed', { attempt: { state: 'intended' }, claim: { placed: false, owner: FENCED } }, ['conclude north 1 fenced/SubmissionUnknown', 'settle north 1', 'stage north 2 fresh', 'submit north 2']],
    ['the fence holds it and the queue shows its late job: that is cancelled, and the next may go', { claim: { ticket: DEAD, owner: FENCED }, seen: { queue: answered(rowOf(plain, 'PENDING')) } }, ['conclude north 1 fenced/SubmissionUnknown', 'settle north 1 cancel 7', 'stage north 2 fresh', 'submit north 2']],
    ['the fence holds it and its late job starts just now: the same', { claim: { ticket: DEAD, owner: FENCED, jobId: '7' }, seen: { queue: answered(rowOf(plain, 'RUNNING')) } }, ['conclude north 1 fenced/SubmissionUnknown', 'settle north 1 cancel 7', 'stage north 2 fresh', 'submit north 2']],
    ['the fence holds it and its submission began just now: its job may still come', { claim: { ticket: AWAY_NOW, owner: FENCED } }, ['conclude north 1 fenced/SubmissionUnknown', 'stage north 2 fresh', 'submit north 2']],
    ['the fence holds it and its turn never came', { claim: { ticket: turnless('dead', 0), owner: FENCED } }, ['conclude north 1 fenced/SubmissionUnknown', 'settle north 1', 'stage north 2 fresh', 'submit north 2']],
    ['its mark cannot be read', { claim: { ticket: DEAD, owner: UNREADABLE } }, ['hold Blocked/SubmissionUnknown']],
    ['its directory is gone: whether it ran cannot be read', { claim: { ticket: DEAD, placed: false } }, ['hold Blocked/SubmissionUnknown']],
    ['its directory is gone, its maker lives', { claim: { ticket: ALIVE, placed: false } }, ['hold Blocked/SubmissionUnknown']],
    ['its directory is gone, the queue shows it', { claim: { ticket: DEAD, placed: false }, seen: { queue: answered(rowOf(plain, 'RUNNING')) } }, ['adopt north 1 job 7', 'progress Running/Executing']],
    ['words that leave open what was done are no refusal', { claim: REFUSED_UNCLEARLY }, ['fence north 1 fenced/SubmissionUnknown']],
  ],
  refusals: [
    ['for good, nowhere else to go', { claim: REFUSED_FOR_GOOD }, ['conclude north 1 refused/Refused', 'settle north 1', 'finish Failed/Refused']],
    ['for good, and an ended job bears the token', { claim: REFUSED_FOR_GOOD, seen: { queue: answered(rowOf(plain, 'FAILED')) } }, ['conclude north 1 refused/Refused', 'settle north 1', 'finish Failed/Refused']],
    ['refused, and yet a live job bears the token: it is followed', { claim: REFUSED_FOR_GOOD, seen: { queue: answered(rowOf(plain, 'RUNNING')) } }, ['adopt north 1 job 7', 'progress Running/Executing']],
    ['refused, and a job owns it all the same: it is followed', { claim: { ...REFUSED_FOR_GOOD, owner: OWNED } }, ['adopt north 1 job 7', 'wait Staging/OutcomeUnknown']],
    ['refused behind the fence: dead', { claim: { ...REFUSED_FOR_GOOD, owner: FENCED } }, ['conclude north 1 refused/Refused', 'settle north 1', 'finish Failed/Refused']],
    ['refused behind the fence, and a live job bears the token: that never runs anything', { claim: { ...REFUSED_FOR_GOOD, owner: FENCED }, seen: { queue: answered(rowOf(plain, 'PENDING')) } }, ['fence north 1 refused/Refused cancel 7']],
    ['for good, elsewhere it may go', { spec: specOf({ destination: ['north', 'south'] }), claim: REFUSED_FOR_GOOD }, ['conclude north 1 refused/Refused', 'settle north 1', 'stage south 2 fresh', 'submit south 2']],
    ['for now: the same cluster again, and at once only when the pause is over', { claim: REFUSED_FOR_NOW }, ['conclude north 1 refused/QueueLimit', 'settle north 1', 'wait Staging/QueueLimit']],
    ['refused and cancelled', { claim: REFUSED_FOR_GOOD, run: CANCEL }, ['conclude north 1 refused/Refused', 'settle north 1', 'finish Cancelled/CancelledByUser']],
  ],
  following: [
    ['it waits', { attempt: SUBMITTED, claim: { jobId: '7' }, seen: { queue: answered(rowOf(plain, 'PENDING', { reason: 'Priority' })) } }, ['progress Queued/WaitingInQueue']],
    ['it waits for what never comes', { attempt: SUBMITTED, claim: { jobId: '7' }, seen: { queue: answered(rowOf(plain, 'PENDING', { reason: 'BadConstraints' })) } }, ['fence north 1 refused/HopelessRequest cancel 7']],
    ['it runs', { attempt: SUBMITTED, claim: { jobId: '7', owner: OWNED }, seen: { queue: answered(rowOf(plain, 'RUNNING')) } }, ['progress Running/Executing']],
    ['it completed', { attempt: SUBMITTED, claim: { jobId: '7', owner: OWNED }, seen: { accounting: answered(rowOf(plain, 'COMPLETED')) } }, ['conclude north 1 completed/Completed', 'fetch north 1 then Succeeded/Done', 'settle north 1']],
    ['it completed, and only its own mark tells', { attempt: SUBMITTED, claim: { jobId: '7', owner: OWNED, exits: exit(0) } }, ['conclude north 1 completed/Completed', 'fetch north 1 then Succeeded/Done', 'settle north 1']],
    ['it failed', { attempt: SUBMITTED, claim: { jobId: '7', owner: OWNED }, seen: { accounting: answered(rowOf(plain, 'FAILED', { exitCode: '3:0' })) } }, ['conclude north 1 failed/ExecutionFailed', 'fetch north 1 then Failed/ExecutionFailed', 'settle north 1']],
    ['its node failed: again', { attempt: SUBMITTED, claim: { jobId: '7', owner: OWNED }, seen: { accounting: answered(rowOf(plain, 'NODE_FAIL')) } }, ['conclude north 1 failed/NodeFailure', 'settle north 1', 'stage north 2 fresh', 'submit north 2']],
    ['somebody cancelled it', { attempt: SUBMITTED, claim: { jobId: '7', owner: OWNED }, seen: { accounting: answered(rowOf(plain, 'CANCELLED')) } }, ['conclude north 1 cancelled/CancelledOutside', 'fetch north 1 then Cancelled/CancelledOutside', 'settle north 1']],
    ['it ended and the id is not in our record: adopted first', { claim: { jobId: '7', ticket: DEAD, owner: OWNED }, seen: { accounting: answered(rowOf(plain, 'COMPLETED')) } }, ['adopt north 1 job 7', 'conclude north 1 completed/Completed', 'fetch north 1 then Succeeded/Done', 'settle north 1']],
    ['the controller is silent', gone({}, { queue: SILENT }), ['wait Running/ControllerUnavailable']],
    ['accounting is silent', gone({}, { accounting: SILENT }), ['wait Running/ControllerUnavailable']],
    ['gone, just now', gone(), ['wait Running/OutcomeUnknown']],
    ['gone, for a minute', gone(JUST_NOW), ['wait Running/OutcomeUnknown']],
    ['gone, for longer than accounting lags', gone(LONG_AGO), ['hold Blocked/OutcomeUnknown']],
    ['gone, and held already', gone({ phase: 'Blocked', reason: 'OutcomeUnknown', updatedAt: NOW - 1000 }), ['hold Blocked/OutcomeUnknown']],
    ['held, and its end is told at last', gone({ phase: 'Blocked', reason: 'OutcomeUnknown' }, { accounting: answered(rowOf(plain, 'TIMEOUT')) }), ['conclude north 1 failed/TimeLimit', 'fetch north 1 then Failed/TimeLimit', 'settle north 1']],
    ["a twin's COMPLETED says nothing", { attempt: SUBMITTED, run: { phase: 'Running' }, claim: { jobId: '7', owner: { kind: 'job', jobId: '6', restart: 0 } }, seen: { accounting: answered(rowOf(plain, 'COMPLETED')) } }, ['wait Running/OutcomeUnknown']],
  ],
  'a person asked for its end': [
    ['nothing is there yet', { run: CANCEL, attempt: { state: 'intended' }, claim: null }, ['fence north 1 cancelled/CancelledByUser']],
    ['it is claimed', { run: CANCEL, claim: { placed: false } }, ['fence north 1 cancelled/CancelledByUser']],
    ['its steps run', { run: CANCEL, spec: stepped, claim: { steps: { kind: 'running', maker: 'alive', heartbeatAgeSeconds: 1, host: 'l1', turn: 1 } } }, ['fence north 1 cancelled/CancelledByUser']],
    ['its steps are silent', { run: { ...CANCEL, phase: 'Blocked' }, spec: stepped, claim: { steps: silentFor(99_999) } }, ['fence north 1 cancelled/CancelledByUser']],
    ['its submission is under way', { run: CANCEL, claim: { ticket: ALIVE } }, ['fence north 1 cancelled/CancelledByUser']],
    ['it waits in the queue', { run: CANCEL, attempt: SUBMITTED, claim: { jobId: '7' }, seen: { queue: answered(rowOf(plain, 'PENDING')) } }, ['fence north 1 cancelled/CancelledByUser cancel 7']],
    ['it runs', { run: CANCEL, attempt: SUBMITTED, claim: { jobId: '7', owner: OWNED }, seen: { queue: answered(rowOf(plain, 'RUNNING')) } }, ['fence north 1 cancelled/CancelledByUser cancel 7']],
    ['the controller is silent: it is tried', { run: CANCEL, attempt: SUBMITTED, claim: { jobId: '7', owner: OWNED }, seen: { queue: SILENT } }, ['fence north 1 cancelled/CancelledByUser cancel 7']],
    ['it was cancelled', { run: CANCEL, attempt: SUBMITTED, claim: { jobId: '7', owner: OWNED }, seen: { accounting: answered(rowOf(plain, 'CANCELLED')) } }, ['conclude north 1 cancelled/CancelledByUser', 'fetch north 1 then Cancelled/CancelledByUser', 'settle north 1']],
    ['it had completed before', { run: CANCEL, attempt: SUBMITTED, claim: { jobId: '7', owner: OWNED }, seen: { accounting: answered(rowOf(plain, 'COMPLETED')) } }, ['conclude north 1 completed/Completed', 'fetch north 1 then Succeeded/Done', 'settle north 1']],
    ['its node failed: not again', { run: CANCEL, attempt: SUBMITTED, claim: { jobId: '7', owner: OWNED }, seen: { accounting: answered(rowOf(plain, 'NODE_FAIL')) } }, ['conclude north 1 failed/NodeFailure', 'fetch north 1 then Failed/NodeFailure', 'settle north 1']],
    ['gone before it began: the fence makes sure', { run: CANCEL, attempt: SUBMITTED, claim: { jobId: '7' } }, ['fence north 1 cancelled/CancelledByUser cancel 7']],
    ['gone and begun, just now: accounting may still tell', gone(CANCEL), ['wait Running/OutcomeUnknown']],
    ['gone and begun, and nothing told its end for long: the word of the person counts', gone({ ...CANCEL, phase: 'Blocked', ...LONG_AGO }), ['conclude north 1 cancelled/CancelledByUser', 'fetch north 1 then Cancelled/CancelledByUser', 'settle north 1']],
    ['the fence was made, and its answer lost', { run: CANCEL, attempt: { state: 'intended' }, claim: { placed: false, owner: FENCED } }, ['conclude north 1 cancelled/CancelledByUser', 'fetch north 1 then Cancelled/CancelledByUser', 'settle north 1']],
    ['the fence is made already', { run: CANCEL, attempt: SUBMITTED, claim: { jobId: '7', owner: FENCED }, seen: { queue: answered(rowOf(plain, 'PENDING')) } }, ['fence north 1 cancelled/CancelledByUser cancel 7']],
  ],
}; // prettier-ignore

describe.each(Object.entries(FAMILIES))('%s', (_, cases) => {
  it.each(cases)('%s', (_title, scene, expected) => {
    expect(plan(scene)).toEqual(expected);
  });
});

describe('what a person reads', () => {
  it('names the item that failed, its exit code and its output', () => {
    const failing = (item: number): string => {
      const steps = {
        kind: 'failed',
        step: 'compilation',
        item,
        exitCode: 2,
        tail: 'no rule to make target\n',
      } as const;
      return messages({ spec: stepped, claim: { steps } })[0] ?? '';
    };
    expect(failing(2)).toBe(
      'compilation "make check" ended with exit code 2 on north:\nno rule to make target',
    );
    expect(failing(0)).toContain('the setup before compilation ended with exit code 2');
  });

  it('names the host whose steps are silent, and how long, in coarse steps', () => {
    const said = (seconds: number): string =>
      messages({ spec: stepped, claim: { steps: silentFor(seconds) } })[0] ?? '';
    expect(said(400)).toBe('no sign of life of its steps on login2 (north) for more than 5 minutes');
    expect(said(599)).toBe(said(400));
    expect(said(700)).toContain('more than 10 minutes');
    expect(said(9000)).toContain('more than 30 minutes; look there');
    expect(said(9000)).toContain('sluice cancel fit');
  });

  it('says what to type where a person must decide', () => {
    expect(messages({ claim: null })[0]).toContain('sluice cancel fit');
    expect(messages(gone(LONG_AGO))[0]).toContain('sluice cancel fit');
    expect(messages({ claim: { ticket: DEAD, owner: UNREADABLE } })[0]).toContain('sluice cancel fit');
  });
});

function messages(each: Case): readonly string[] {
  const { spec = plain, run = {}, attempt = {}, claim = {}, seen = {} } = each;
  const scene = {
    wanted: [wantedOf(spec)],
    live: [{ run: runOf(spec, { phase: 'Staging', ...run }), attempts: [attemptOf(spec, attempt)] }],
    reach: { north: reached({ ...seen, claims: claim === null ? [] : [claimOf(spec, claim)] }) },
  };
  return planPass(factsOf(scene)).actions.map((action) => action.why);
}
