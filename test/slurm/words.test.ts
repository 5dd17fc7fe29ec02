import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMemory } from '../../src/slurm/memory.js';
import { prospectOf } from '../../src/slurm/pending.js';
import { checkOption } from '../../src/manifest/sbatch-options.js';
import { KILLED_FROM, readRefusal, UNANSWERED } from '../../src/slurm/refusal.js';
import { renderSlurmJob } from '../../src/slurm/render.js';
import { clusterOf } from '../plan/scene.js';
import { kindOfState, normaliseState } from '../../src/slurm/states.js';
import { formatTimeLimit } from '../../src/slurm/time.js';

const words = (text: string): string[] => text.trim().split(/\s+/);

describe('states', () => {
  it.each(words('BOOT_FAIL CANCELLED COMPLETED DEADLINE FAILED NODE_FAIL OUT_OF_MEMORY PREEMPTED TIMEOUT'))(
    '%s has ended (statement 38)',
    (state) => {
      expect(kindOfState(state)).toBe('terminal');
    },
  );
  it.each(
    words(`PENDING CONFIGURING RUNNING COMPLETING RESV_DEL_HOLD REQUEUE_FED REQUEUE_HOLD REQUEUED RESIZING REVOKED SIGNALING
      SPECIAL_EXIT STAGE_OUT STOPPED SUSPENDED EXPEDITING LAUNCH_FAILED POWER_UP_NODE RECONFIG_FAIL UPDATE_DB`),
  )('%s is live (statement 38)', (state) => {
    expect(['waiting', 'running']).toContain(kindOfState(state));
  });
  it.each([
    ['CANCELLED by 1001', 'CANCELLED'],
    ['CANCELLED+', 'CANCELLED'],
    ['OUT_OF_ME+', 'OUT_OF_MEMORY'],
    ['NODE_FAI+', 'NODE_FAIL'],
    ['COMPLET+', 'COMPLET'], // COMPLETED or COMPLETING: not ours to guess
    [' running ', 'RUNNING'],
    ['HIBERNATING', 'HIBERNATING'],
    ['', ''],
  ])('%j reads %s (statement 38)', (printed, state) => {
    expect(normaliseState(printed)).toBe(state);
  });
});

describe('reasons for pending', () => {
  it.each(
    words(`PartitionNodeLimit PartitionTimeLimit BadConstraints InvalidAccount InvalidQOS
      AccountNotAllowed QOSNotAllowed DependencyNeverSatisfied DeadLine ReservationDeleted AssocMaxCpuPerJobLimit
      AssocMaxWallDurationPerJobLimit AssocMaxNodePerJobLimit AssocMaxCpuMinutesPerJobLimit QOSMaxWallDurationPerJobLimit
      QOSMaxGRESPerNode QOSMaxMemoryPerJob QOSMinCpuNotSatisfied QOSMinGRES MaxMemPerLimit JobHoldMaxRequeue`),
  )('%s never clears', (reason) => {
    expect(prospectOf(reason).kind).toBe('never');
  });
  it.each(words('PartitionDown PartitionInactive PartitionConfig'))('%s is closed', (reason) => {
    expect(prospectOf(reason)).toEqual({ kind: 'closed', words: expect.any(String) });
  });
  it.each([
    ...words(`None Priority Resources Dependency BeginTime Licenses Reservation AssocMaxJobsLimit AssocGrpCpuLimit
      AssocGrpCPUMinutesLimit QOSMaxJobsPerUserLimit QOSMaxCpuPerUserLimit QOSGrpNodeLimit MaxCpuPerAccount MaxJobsPerAccount
      JobArrayTaskLimit JobHeldUser JobHeldAdmin NodeDown Cleaning Prolog SchedDefer AssociationJobLimit QOSJobLimit
      FrontEndDown WhateverComesNext`),
    'ReqNodeNotAvail, UnavailableNodes:n1,n2',
    'ReqNodeNotAvail, May be reserved for other job',
    'Nodes required for job are DOWN, DRAINED or reserved for jobs in higher priority partitions',
    '',
  ])('%j is a wait', (reason) => {
    expect(prospectOf(reason).kind).toBe('waits');
  });
  it('are told with what helps, where the word does not', () => {
    expect(prospectOf('JobHeldUser').words).toContain('scontrol release');
    expect(prospectOf('JobHeldAdmin').words).toContain('ask them');
    expect(prospectOf('ReqNodeNotAvail, UnavailableNodes:n1').words).toContain('drained');
    const shared =
      words(`AssocGrpCpuLimit AssocGrpCPURunMinutesLimit AssocMaxJobsLimit QOSGrpNodeLimit QOSMaxCpuPerUserLimit
      MaxCpuPerAccount QOSJobLimit AssociationJobLimit`);
    for (const reason of shared) expect(prospectOf(reason).words, reason).toContain('exceeds alone');
    for (const reason of ['Priority', 'Resources', 'JobArrayTaskLimit', 'BeginTime', ''])
      expect(prospectOf(reason)).toEqual({ kind: 'waits' });
  });
});

const failed = (words_: string): string => `sbatch: error: Batch job submission failed: ${words_}`;
const POLICY = failed(
  "Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
);
const REFUSALS: readonly (readonly [string, number, boolean, string])[] = [
  [`sbatch: error: QOSMaxSubmitJobPerUserLimit\n${POLICY}`, 1, true, 'QueueLimit'],
  [`sbatch: error: AssocMaxSubmitJobLimit\n${POLICY}`, 1, true, 'QueueLimit'],
  [`sbatch: error: AssocGrpSubmitJobsLimit\n${POLICY}`, 1, true, 'QueueLimit'],
  [`sbatch: error: MaxSubmitJobsPerAccount\n${POLICY}`, 1, true, 'QueueLimit'],
  [POLICY, 1, true, 'QueueLimit'],
  [`sbatch: error: QOSMaxWallDurationPerJobLimit\n${POLICY}`, 1, false, 'Refused'],
  [`sbatch: error: AssocMaxCpuPerJobLimit\n${POLICY}`, 1, false, 'Refused'],
  [failed('Slurm temporarily unable to accept job, sleeping and retrying'), 1, true, 'QueueLimit'],
  [failed('Resource temporarily unavailable'), 1, true, 'QueueLimit'],
  [failed('Unable to contact slurm controller (connect failure)'), 1, true, 'ControllerUnavailable'],
  [failed('Slurm controller in standby mode'), 1, true, 'ControllerUnavailable'],
  [failed('Protocol authentication error'), 1, true, 'ControllerUnavailable'],
  [
    'sbatch: error: Munge encode failed: Failed to access "/run/munge": No such file',
    1,
    true,
    'ControllerUnavailable',
  ],
  [failed('Invalid account or account/partition combination specified'), 1, false, 'Refused'],
  [
    `sbatch: error: invalid partition specified: zzz\n${failed('Invalid partition name specified')}`,
    1,
    false,
    'Refused',
  ],
  [failed('Invalid qos specification'), 1, false, 'Refused'],
  [failed('Requested node configuration is not available'), 1, false, 'Refused'],
  [failed('Requested time limit is invalid (missing or exceeds some limit)'), 1, false, 'Refused'],
  [failed("User's group not permitted to use this partition"), 1, false, 'Refused'],
  [failed('Invalid job array specification'), 1, false, 'Refused'],
  [failed('Access/permission denied'), 1, false, 'Refused'],
  [
    `sbatch: unrecognized option '--nonsense=1'\nTry "sbatch --help" for more information`,
    1,
    false,
    'Refused',
  ],
  ['sh: 1: sbatch: not found', 127, false, 'Refused'],
  [failed('Socket timed out on send/recv operation'), 1, true, 'SubmissionUnknown'],
  [failed('Unable to contact slurm controller (receive failure)'), 1, true, 'SubmissionUnknown'],
  [failed('Zero Bytes were transmitted or received'), 1, true, 'SubmissionUnknown'],
  ['', 137, true, 'SubmissionUnknown'],
];

describe('words that leave open what was done', () => {
  it('are the same here and on the cluster', () => {
    const wrapper = readFileSync(new URL('../../wrapper/slurm.sh', import.meta.url), 'utf8');
    const pieces = [...wrapper.matchAll(/^ *sl_unanswered=['"](?:\$sl_unanswered\|)?(.*)['"]$/gm)];
    const there = pieces.map(([, words = '']) => words.replaceAll('\\\\', '\\')).join('|');
    expect(there.split('|').sort()).toEqual(UNANSWERED.source.replaceAll('\\/', '/').split('|').sort());
    expect(/\[ "\$sl_code" -lt (\d+) \] \|\| return 2/.exec(wrapper)?.[1]).toBe(String(KILLED_FROM));
  });
});

describe('options that Sluice gives itself', () => {
  it('are refused from a manifest', () => {
    const cluster = clusterOf('north');
    const request = { cluster, token: 't', jobDirectory: '/w/t', workingDirectory: '/w/t/work' };
    const rest = { environment: {}, setup: [], execution: ['x'] };
    const { arguments: given } = renderSlurmJob({
      ...request,
      ...rest,
      resources: { arraySize: 2, sbatchOptions: {} },
    });
    for (const word of given) {
      const option = /^--([a-z-]+)/.exec(word)?.[1] ?? '';
      expect([option, checkOption(option, true)?.severity]).toEqual([option, 'error']);
    }
  });
});

describe('refusals', () => {
  it.each(REFUSALS)('%s (%i)', (text, code, transient, reason) => {
    expect(readRefusal(code, text)).toMatchObject({ transient, reason });
  });

  it("keeps sbatch's own words", () => {
    const { message } = readRefusal(1, REFUSALS[14]?.[0] ?? '');
    expect(message).toBe('sbatch: invalid partition specified: zzz; Invalid partition name specified');
    expect(readRefusal(127, 'sh: 1: sbatch: not found').message).toContain('login_shell: true');
    expect(readRefusal(3, '').message).toContain('code 3');
  });
});

describe('time', () => {
  it.each([
    [1, '0-00:00:01'],
    [90, '0-00:01:30'],
    [86_400, '1-00:00:00'],
    [359_999, '4-03:59:59'],
  ])('%i s', (seconds, text) => {
    expect(formatTimeLimit(seconds)).toBe(text);
  });

  it('reads back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (seconds) => {
        const [, d, h, m, s] = (
          /^(\d+)-(\d\d):([0-5]\d):([0-5]\d)$/.exec(formatTimeLimit(seconds)) ?? []
        ).map(Number);
        expect((d ?? NaN) * 86_400 + (h ?? NaN) * 3600 + (m ?? NaN) * 60 + (s ?? NaN)).toBe(seconds);
        expect(h).toBeLessThan(24);
      }),
    );
  });

  it.each([0, -1, 1.5, NaN, Infinity])('refuses %d, which Slurm would take for "no limit"', (seconds) => {
    expect(() => formatTimeLimit(seconds)).toThrow(RangeError);
  });
});

describe('memory', () => {
  it('is rounded up and has a unit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e9, noNaN: true }), (mebibytes) => {
        const text = formatMemory(mebibytes);
        expect(text).toMatch(/^\d+M$/);
        expect(Number.parseInt(text) - mebibytes).toBeGreaterThanOrEqual(0);
        expect(Number.parseInt(text) - mebibytes).toBeLessThan(1);
      }),
    );
  });
  it.each([0, -1, NaN, Infinity])('refuses %d', (mebibytes) => {
    expect(() => formatMemory(mebibytes)).toThrow(RangeError);
  });
});
