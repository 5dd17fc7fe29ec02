/** From what changed to the outbox. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isEnded, PHASES, REASONS, type Run } from '../../src/model/run.js';
import { mailReport, type Owners, tellOwners } from '../../src/notify/tell.js';
import { parseTold } from '../../src/notify/told.js';
import type { StoredMail } from '../../src/store/outbox.js';
import type { Store } from '../../src/store/store.js';
import { sampleAttempt, sampleRun } from '../store/fixtures/samples.js';
import { leased } from '../store/fixtures/states.js';

const DAY = 24 * 60 * 60_000;
let now: number;
let store: ReturnType<typeof leased>;
beforeEach(() => {
  now = 1_000;
  store = leased({ now: () => now });
});
afterEach(() => store.close());

const owners = (more: Partial<Owners> = {}): Owners => ({
  from: 'sluice@example.org',
  recipientsOf: () => ['ann@example.org'],
  circumstancesOf: () => ({ tasks: 1 }),
  noticesOf: () => [],
  ...more,
});

const mails = (of: Store = store, number = 1): StoredMail[] => of.outbox.ofRun(sampleRun(number).uuid);
const subjects = (number = 1): string[] => mails(store, number).map(({ subject }) => subject);

function make(number: number, more: Partial<Run> = {}): Run {
  return store.runs.create(sampleRun(number, more));
}

describe('the outbox gets', () => {
  it('one mail a change, with an id of the run, its generation, the mail’s number and the phase', () => {
    const { uuid } = make(1);
    expect([tellOwners(store, owners()), tellOwners(store, owners())]).toEqual([1, 0]);
    store.runs.update(uuid, { phase: 'Staging', reason: 'Accepted' });
    store.attempts.create(sampleAttempt(sampleRun(1)));
    store.runs.update(uuid, { phase: 'Queued', reason: 'WaitingInQueue' });
    tellOwners(store, owners());
    store.runs.update(uuid, { message: 'Priority' });
    expect(tellOwners(store, owners())).toBe(0);
    expect(subjects()).toEqual(['[sluice] job-00001: Pending', '[sluice] job-00001: Queued on north']);
    expect(mails().map(({ messageId }) => messageId)).toEqual([
      `${uuid}.0.1.pending@example.org`,
      `${uuid}.0.2.queued@example.org`,
    ]);
  });

  it('nothing for nobody, and nothing for what is no address', () => {
    make(1);
    tellOwners(store, owners({ recipientsOf: () => [] }));
    make(2);
    const nasty = ['x@y\r\nBcc: eve@example.org', 'a@b,c@d', '<eve@example.org>', 'bob@example.org'];
    tellOwners(store, owners({ recipientsOf: () => nasty }));
    expect([mails(store, 1), mails(store, 2).map(({ recipients }) => recipients)]).toEqual([
      [],
      [['bob@example.org']],
    ]);
  });

  it('no old news when a mail server, or an address, is given later', () => {
    const { uuid } = make(1);
    tellOwners(store, owners({ from: undefined }));
    expect(tellOwners(store, owners())).toBe(0);
    store.runs.update(uuid, { phase: 'Failed', reason: 'NoCluster' });
    tellOwners(store, owners());
    expect(subjects()).toEqual(['[sluice] job-00001: Failed (NoCluster)']);
  });

  it('a status that could not be taken once a day and owner, beside the state of the run', () => {
    const noticesOf = (): ReturnType<Owners['noticesOf']> => [
      { cluster: 'north', message: 'sinfo failed with code 1: no socket', at: 1_000 },
    ];
    for (const number of [1, 2]) make(number);
    expect(tellOwners(store, owners({ noticesOf }))).toBe(3);
    expect(subjects(1)).toEqual([
      '[sluice] job-00001: Pending',
      '[sluice] job-00001: the status of north could not be taken',
    ]);
    expect(mails()[1]?.text).toContain('    sinfo failed with code 1: no socket\n');
    expect(mails()[1]?.text).toContain('when job-00001 was submitted there; the job goes on.');
    expect(subjects(2)).toEqual(['[sluice] job-00002: Pending']);
    // Another owner has not heard of it; a day later it is old news for everybody.
    store.runs.update(sampleRun(2).uuid, { phase: 'Staging', reason: 'Accepted' });
    tellOwners(store, owners({ noticesOf, recipientsOf: () => ['bob@example.org'] }));
    expect(subjects(2)).toContain('[sluice] job-00002: the status of north could not be taken');
    now += 2 * DAY;
    store.runs.update(sampleRun(1).uuid, { phase: 'Running', reason: 'Executing' });
    expect(tellOwners(store, owners({ noticesOf }))).toBe(1);
  });

  it('a cluster’s trouble once a day and owner, however many runs it holds up', () => {
    const numbers = [1, 2, 3, 4];
    for (const number of numbers) make(number);
    tellOwners(store, owners());
    const trouble = (number: number): void =>
      void store.runs.update(sampleRun(number).uuid, {
        reason: 'LoginNeeded',
        message: 'north refuses the login',
      });
    for (const number of [1, 2, 3]) trouble(number);
    const others = owners({
      recipientsOf: ({ run }) => [run.name === 'job-00003' ? 'bob@b' : 'ann@example.org'],
    });
    expect(tellOwners(store, others)).toBe(2);
    expect(numbers.map((number) => subjects(number).length)).toEqual([2, 1, 2, 1]);
    now += DAY;
    trouble(4);
    expect(tellOwners(store, others)).toBe(1);
    expect(subjects(4).at(-1)).toBe('[sluice] job-00004: Pending (LoginNeeded)');
  });
});

describe('a login that was refused, mended, and is refused again', () => {
  it('is told again, as a person must mend it again; a network that was away is not', () => {
    for (const reason of ['LoginNeeded', 'ClusterUnreachable'] as const) {
      const numbers = reason === 'LoginNeeded' ? [1, 2, 3] : [4, 5, 6];
      for (const number of numbers) make(number);
      tellOwners(store, owners());
      const told = numbers.map((number) => {
        now += 1_000;
        if (number === numbers.at(-1)) store.clusters.patch('north', { reachedAt: now });
        now += 1_000;
        store.runs.update(sampleRun(number).uuid, { reason, message: 'trouble at north' });
        return tellOwners(store, owners());
      });
      expect(told).toEqual(reason === 'LoginNeeded' ? [1, 0, 1] : [1, 0, 0]);
    }
  });
});

describe('what somebody else reports', () => {
  it('is passed on as it was said, and changes nothing that we tell', () => {
    make(1, { specJson: '{}' });
    tellOwners(store, owners());
    const record = store.records.byUuid(sampleRun(1).uuid)!;
    const state = { kind: 'state', text: 'RUNNING, PENDING' } as const;
    expect(mailReport(store, owners(), record, state, 'request 1')).toBe('written');
    // Taken up again after a crash: the same request is the same mail.
    expect(mailReport(store, owners(), record, state, 'request 1')).toBe('before');
    const error = { kind: 'error', text: 'git clone failed:\nfatal: not found' } as const;
    expect(mailReport(store, owners(), record, error, 'request 2')).toBe('written');
    expect(mailReport(store, owners({ from: undefined }), record, error, 'request 3')).toBe('nobody');
    const nobody = owners({ recipientsOf: () => [] });
    expect(mailReport(store, nobody, record, error, 'request 3')).toBe('nobody');
    expect(subjects().slice(1)).toEqual([
      '[sluice] job-00001: reported RUNNING, PENDING',
      '[sluice] job-00001: an error was reported',
    ]);
    const [, , told] = mails();
    expect(told?.text).toContain(
      'is reported to have met an error.\n\n    git clone failed:\n    fatal: not found\n',
    );
    expect(told?.messageId).toBe(`${sampleRun(1).uuid}.0.3.report@example.org`);
    expect(tellOwners(store, owners())).toBe(0);
  });
});

describe('whatever comes, and wherever the process is killed', () => {
  type Step =
    | { readonly kind: 'update'; readonly phase: Run['phase']; readonly reason: Run['reason'] }
    | { readonly kind: 'attempt' }
    | { readonly kind: 'end'; readonly outcome: 'refused' | 'failed' | 'unsent' }
    | { readonly kind: 'tell' }
    | { readonly kind: 'killed' };
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('update' as const),
        phase: fc.constantFrom(...PHASES),
        reason: fc.constantFrom(...REASONS),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'attempt' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('end' as const),
        outcome: fc.constantFrom('refused' as const, 'failed' as const, 'unsent' as const),
      }),
    },
    { weight: 4, arbitrary: fc.constant({ kind: 'tell' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'killed' as const }) },
  );

  /** What the store refuses (a phase after the end, two live attempts) does not happen. */
  function take(each: Step, uuid: string): void {
    const attempts = store.attempts.ofRun(uuid);
    const last = attempts.at(-1);
    try {
      if (each.kind === 'update') store.runs.update(uuid, { phase: each.phase, reason: each.reason });
      if (each.kind === 'attempt') store.attempts.create(sampleAttempt(sampleRun(1), attempts.length + 1));
      if (each.kind === 'end' && last)
        store.attempts.patch(uuid, last.number, { state: 'ended', outcome: each.outcome, reason: 'Refused' });
    } catch (error) {
      expect(error).toMatchObject({ kind: 'refused' });
    }
    if (each.kind === 'tell') tellOwners(store, owners());
    if (each.kind === 'killed') {
      // After the mails are written, before they and the word that they are stand: all of it or nothing.
      const killed = (): void =>
        store.transaction(() => {
          tellOwners(store, owners());
          throw new Error('killed');
        });
      expect(killed).toThrow('killed');
    }
  }

  it('each word to the owner is in the outbox once, the last state is told, and nothing after the end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        store.close();
        store = leased({ now: () => now });
        const { uuid } = make(1);
        const words: string[] = [];
        for (const each of [...steps, { kind: 'tell' as const }]) {
          const before = [store.news.told(uuid), mails().length] as const;
          take(each, uuid);
          const [told, count] = [store.news.told(uuid), mails().length];
          // A mail and the word that it stands for come together; and none comes without anything having changed.
          expect(count - before[1]).toBeLessThanOrEqual(each.kind === 'tell' ? 1 : 0);
          if (count > before[1]) words.push(told ?? '');
          if (each.kind === 'tell') {
            expect(tellOwners(store, owners())).toBe(0);
            expect(store.news.pending()).toEqual([]);
          }
        }
        const run = store.runs.byUuid(uuid);
        for (let at = 1; at < words.length; at += 1) expect(words[at]).not.toBe(words[at - 1]);
        expect(words.filter((word) => parseTold(word) === 'end').length).toBe(
          run && isEnded(run.phase) ? 1 : 0,
        );
        expect(new Set(mails().map(({ messageId }) => messageId)).size).toBe(mails().length);
        const told = parseTold(store.news.told(uuid));
        if (run?.reason === 'RecoveryIncomplete') return;
        if (run && isEnded(run.phase)) expect(told).toBe('end');
        else expect(told).toMatchObject({ phase: run?.phase });
      }),
      { numRuns: 150 },
    );
  });
});
