/** Any facts at all: runs in every state, clusters that show anything, some of it, or nothing. */
import fc from 'fast-check';
import { token as tokenOf } from '../../src/manifest/identity.js';
import type { JobSpec } from '../../src/model/job.js';
import type { Asked, ClaimFacts, JobRow, Reach } from '../../src/model/observation.js';
import {
  type Attempt,
  type AttemptState,
  isOwed,
  type Outcome,
  PHASES,
  type Reason,
  type RunRecord,
} from '../../src/model/run.js';
import { allTasks } from '../../src/model/tasks.js';
import type { SettledRun } from '../../src/plan/facts.js';
import {
  attemptOf,
  claimOf,
  clusterOf,
  NOW,
  rowOf,
  runOf,
  type Scene,
  specOf,
  STEPS,
  uuidOf,
  wantedOf,
} from './scene.js';

export const NAMES = ['north', 'south', 'east'] as const;

const specs: fc.Arbitrary<JobSpec> = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    destination: fc.shuffledSubarray([...NAMES], { minLength: 1 }),
    steps: fc.boolean(),
    suspend: fc.boolean(),
    onEdit: fc.constantFrom('keep' as const, 'replace' as const),
    array: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    onClusterLost: fc.constantFrom('wait' as const, 'failover' as const),
    username: fc.option(fc.constant('alice'), { nil: undefined }),
    attempts: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  })
  .map(({ name, destination: [first = 'north', ...rest], steps, array, username, attempts, ...words }) =>
    specOf({
      ...words,
      name,
      destination: [first, ...rest],
      ...(steps ? STEPS : {}),
      retry: attempts === undefined ? {} : { attempts },
      login: username === undefined ? {} : { username },
      resources: { sbatchOptions: {}, ...(array === undefined ? {} : { arraySize: array }) },
    }),
  );

const OUTCOMES: readonly Outcome[] = [
  'completed',
  'failed',
  'step-failed',
  'refused',
  'fenced',
  'cancelled',
  'superseded',
  'unsent',
];
const ENDS: readonly Reason[] = [
  'NodeFailure',
  'Refused',
  'QueueLimit',
  'ControllerUnavailable',
  'ExecutionFailed',
  'Preempted',
];
const LIVE: readonly AttemptState[] = ['intended', 'placed', 'stepping', 'prepared', 'submitted'];

function endedAttempts(spec: JobSpec): fc.Arbitrary<Attempt[]> {
  const one = fc.record({
    cluster: fc.constantFrom(...NAMES),
    outcome: fc.constantFrom(...OUTCOMES),
    reason: fc.constantFrom(...ENDS),
    endedAt: fc.integer({ min: NOW - 900_000, max: NOW }),
    settled: fc.boolean(),
    fetched: fc.boolean(),
    ends: tasksEnded(spec.resources.arraySize),
    owed: fc.constantFrom(false, false, false, true),
  });
  return fc.array(one, { maxLength: 5 }).map((list) =>
    list.map(({ settled, fetched, ends, owed, ...end }, index) =>
      owed
        ? owedAttempt(spec, index + 1, end.cluster)
        : attemptOf(spec, {
            ...end,
            ...(['completed', 'failed', 'cancelled'].includes(end.outcome) ? ends : {}),
            number: index + 1,
            state: 'ended',
            ...(settled ? { settledAt: NOW } : {}),
            ...(fetched ? { fetchedAt: NOW } : {}),
          }),
    ),
  );
}

/** How an attempt left the tasks of an array, or those that it had of them. */
function tasksEnded(size: number | undefined): fc.Arbitrary<Pick<Attempt, 'taskStates' | 'tasks'>> {
  if (size === undefined) return fc.constant({ taskStates: [] });
  const state = fc.constantFrom('COMPLETED', 'FAILED', 'NODE_FAIL', 'CANCELLED');
  const chosen = fc.option(fc.subarray([...allTasks(size)], { minLength: 1 }), { nil: undefined });
  return chosen.chain((tasks) => {
    const length = tasks?.length ?? size;
    const states = fc.array(state, { minLength: length, maxLength: length });
    return states.map((taskStates) => ({ taskStates, ...(tasks === undefined ? {} : { tasks }) }));
  });
}

/** A debt is committed with the attempt that it is granted for. */
function withoutOwedLast(attempts: readonly Attempt[]): Attempt[] {
  return attempts.slice(0, attempts.findLastIndex((each) => !isOwed(each)) + 1);
}

/** Its cluster was lost, and another attempt was granted since. */
function owedAttempt(spec: JobSpec, number: number, cluster: string): Attempt {
  return attemptOf(spec, { number, cluster, state: 'submitted', jobId: '7', owedSince: NOW - 1000 });
}

function liveAttempt(spec: JobSpec, number: number): fc.Arbitrary<Attempt> {
  return fc
    .record({
      state: fc.constantFrom(...LIVE),
      cluster: fc.constantFrom(...NAMES),
      known: fc.boolean(),
      lostSince: fc.constantFrom(undefined, NOW - 1000, NOW - 3_600_000),
    })
    .map(({ known, lostSince, ...rest }) =>
      attemptOf(spec, {
        ...rest,
        number,
        ...(known || rest.state === 'submitted' ? { jobId: '7' } : {}),
        ...(lostSince === undefined ? {} : { lostSince }),
      }),
    );
}

function recordOf(spec: JobSpec): fc.Arbitrary<RunRecord> {
  return fc
    .record({
      ended: endedAttempts(spec),
      live: fc.boolean(),
      run: fc.record({
        phase: fc.constantFrom(...PHASES),
        reason: fc.constantFrom<Reason>('Accepted', 'OutcomeUnknown', 'WaitingInQueue'),
        updatedAt: fc.constantFrom(NOW - 1000, NOW - 3_600_000),
        cancelRequested: fc.boolean(),
        suspendRequested: fc.constantFrom(false, false, true),
        hash: fc.constantFrom('1:a', '1:b'),
      }),
    })
    .chain(({ ended, live, run }) =>
      (live
        ? liveAttempt(spec, ended.length + 1).map((attempt) => [...ended, attempt])
        : fc.constant(withoutOwedLast(ended))
      ).map((attempts) => ({ run: runOf(spec, run), attempts })),
    );
}

const ticket: fc.Arbitrary<ClaimFacts['ticket']> = fc.oneof(
  fc.constant({ kind: 'absent' } as const),
  fc.record({
    kind: fc.constantFrom('made' as const, 'waiting' as const),
    maker: fc.constantFrom('alive' as const, 'dead' as const, 'unknown' as const),
    ageSeconds: fc.constantFrom(0, 4, 60, 1000),
  }),
);
const steps: fc.Arbitrary<ClaimFacts['steps']> = fc.oneof(
  fc.constant({ kind: 'none' } as const),
  fc.constant({ kind: 'done' } as const),
  fc.record({
    kind: fc.constant('running' as const),
    maker: fc.constantFrom('alive' as const, 'dead' as const, 'unknown' as const),
    heartbeatAgeSeconds: fc.constantFrom(3, 400, 4000),
    host: fc.constant('h'),
    turn: fc.constantFrom(1, 3),
  }),
  fc.constant({ kind: 'failed', step: 'compilation', item: 1, exitCode: 2, tail: '' } as const),
);
const owner: fc.Arbitrary<ClaimFacts['owner']> = fc.oneof(
  fc.constant({ kind: 'none' } as const),
  fc.constant({ kind: 'fence' } as const),
  fc.constant({ kind: 'unreadable' } as const),
  fc.record({ kind: fc.constant('job' as const), jobId: fc.constantFrom('7', '8'), restart: fc.nat(1) }),
);

/** What speaks for an end, and what does not, can be taken away from this one. */
export interface Evidence {
  readonly refusals: boolean;
  readonly fences: boolean;
  readonly failedSteps: boolean;
  readonly exits: boolean;
  readonly endedRows: boolean;
}
export const ALL: Evidence = {
  refusals: true,
  fences: true,
  failedSteps: true,
  exits: true,
  endedRows: true,
};
export const NO_EVIDENCE: Evidence = {
  refusals: false,
  fences: false,
  failedSteps: false,
  exits: false,
  endedRows: false,
};

function claim(spec: JobSpec, number: number, evidence: Evidence): fc.Arbitrary<ClaimFacts> {
  return fc
    .record({
      placed: fc.boolean(),
      steps: evidence.failedSteps ? steps : steps.filter((each) => each.kind !== 'failed'),
      ticket,
      owner: evidence.fences ? owner : owner.filter((each) => each.kind !== 'fence'),
      jobId: fc.option(fc.constant('7'), { nil: undefined }),
      refused: evidence.refusals ? fc.boolean() : fc.constant(false),
      exits: fc.subarray(evidence.exits ? [0, 1, 143] : []),
    })
    .map(({ jobId, refused, exits, ...rest }) =>
      claimOf(
        spec,
        {
          ...rest,
          ...(jobId === undefined ? {} : { jobId }),
          ...(refused ? { refusal: { exitCode: 1, text: 'sbatch: error: invalid partition' } } : {}),
          exits: exits.map((exitCode) => ({
            task: 0,
            exitCode,
            item: 1,
            endedAtEpochSeconds: 1,
            jobId: '7',
            restart: 0,
          })),
        },
        number,
      ),
    );
}

function rows(list: readonly JobSpec[], evidence: Evidence): fc.Arbitrary<Asked<readonly JobRow[]>> {
  const states = [
    'PENDING',
    'RUNNING',
    'HIBERNATING',
    ...(evidence.endedRows ? ['COMPLETED', 'FAILED', 'NODE_FAIL', 'CANCELLED'] : []),
  ];
  const one = fc
    .record({
      spec: fc.constantFrom(...list),
      state: fc.constantFrom(...states),
      number: fc.integer({ min: 1, max: 6 }),
      jobId: fc.constantFrom('7', '8', '9'),
      reason: fc.constantFrom('None', 'Priority', 'BadConstraints'),
      stranger: fc.boolean(),
    })
    .map(({ spec, state, number, jobId, reason, stranger }) =>
      rowOf(spec, state, {
        jobId,
        reason,
        name: stranger ? 'another' : tokenOf(spec.name, uuidOf(spec), number),
      }),
    );
  return fc.oneof(
    fc.constant({ kind: 'silent', why: 'no answer' } as const),
    fc.constant({ kind: 'none' } as const),
    fc.array(one, { maxLength: 6 }).map((value) => ({ kind: 'answered', value }) as const),
  );
}

function reach(
  records: readonly RunRecord[],
  list: readonly JobSpec[],
  evidence: Evidence,
): fc.Arbitrary<Reach> {
  const tokens = records.flatMap(({ run, attempts }) => {
    const spec = list.find((each) => each.name === run.name);
    return spec ? attempts.map((attempt) => [spec, attempt.number] as const) : [];
  });
  const claims = fc
    .subarray(tokens)
    .chain((some) => fc.tuple(...some.map(([spec, number]) => claim(spec, number, evidence))));
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .record({ claims, queue: rows(list, evidence), accounting: rows(list, evidence) })
        .map((seen) => observed(seen)),
    },
    {
      weight: 2,
      arbitrary: fc.constant<Reach>({ kind: 'unreachable', reason: 'ClusterUnreachable', why: 'timed out' }),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Reach>(
        { kind: 'unreachable', reason: 'LoginNeeded', why: 'refused' },
        { kind: 'not-asked' },
        { kind: 'not-asked', lately: true },
        { kind: 'busy', why: 'its answer is awaited', since: NOW },
        { kind: 'busy', why: 'its answer is awaited', since: NOW - 60_000 },
      ),
    },
  );
}

function observed(seen: {
  claims: readonly ClaimFacts[];
  queue: Asked<readonly JobRow[]>;
  accounting: Asked<readonly JobRow[]>;
}): Reach {
  return {
    kind: 'reached',
    observation: {
      hello: {
        wrapperVersion: '1',
        host: 'h',
        clock: NOW / 1000,
        home: '/h',
        claimsDir: '/h/.sluice',
        workDir: '/w',
      },
      claims: new Map(seen.claims.map((each) => [each.token, each])),
      queue: seen.queue,
      accounting: seen.accounting,
    },
  };
}

/** Jobs of different names; some live, some settled, some new, some no longer wanted. */
export function scenes(evidence: Evidence = ALL): fc.Arbitrary<Scene> {
  return fc
    .uniqueArray(specs, { selector: (spec) => spec.name, minLength: 1, maxLength: 6 })
    .chain((list) => {
      const standing = list.map((spec) =>
        fc.tuple(fc.constantFrom('live', 'settled', 'new', 'unwanted'), recordOf(spec)),
      );
      return fc.tuple(...standing).chain((chosen) => {
        const records = chosen
          .filter(([kind]) => kind === 'live' || kind === 'unwanted')
          .map(([, record]) => record);
        const settled = new Map<string, SettledRun>(
          chosen.flatMap(([kind, { run }]) =>
            kind === 'settled'
              ? [
                  [
                    run.uuid,
                    {
                      uuid: run.uuid,
                      name: run.name,
                      run: run.run,
                      hash: run.hash,
                      outOfSync: false,
                      generation: 0,
                      isReplaced: false,
                      isWaiting: false,
                      isForgotten: false,
                    },
                  ] as const,
                ]
              : [],
          ),
        );
        const wanted = list
          .filter((_, index) => chosen[index]?.[0] !== 'unwanted')
          .map((spec) => wantedOf(spec));
        const keys = NAMES.flatMap((name) => [name, `${name} as alice with `]);
        return fc
          .record({
            reaches: fc.tuple(...keys.map(() => reach(records, list, evidence))),
            recalled: fc.tuple(...keys.map(() => fc.boolean().map((no) => !no || records.length % 2 === 0))),
            caps: fc.tuple(...NAMES.map(() => fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }))),
          })
          .map(({ reaches, recalled, caps }) => ({
            clusters: NAMES.map((name, index) => {
              const maxJobs = caps[index];
              return clusterOf(name, maxJobs === undefined ? {} : { maxJobs });
            }),
            reach: Object.fromEntries(
              keys.map((key, index) => [key, reaches[index] ?? { kind: 'not-asked' }]),
            ),
            recalled: Object.fromEntries(keys.map((key, index) => [key, recalled[index] ?? true])),
            wanted,
            live: records,
            settled,
          }));
      });
    });
}
