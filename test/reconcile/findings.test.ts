/** The doctor's reading: frames in, words out. */
import { describe, expect, it } from 'vitest';
import { TransportFailure } from '../../src/ports.js';
import type { Frame } from '../../src/protocol/frames.js';
import { ofFailure, ofReply, ofStatus } from '../../src/reconcile/findings.js';
import { hasEnded, ofEnd, ofLate, readLook, type Look } from '../../src/reconcile/probe.js';
import { parseStatus } from '../../src/slurm/status.js';
import { clusterOf } from '../plan/scene.js';
import { answer, nodeLine } from '../slurm/rows.js';

const frame = (
  kind: string,
  rest = '',
  lines: readonly string[] = [],
  errors: readonly string[] = [],
): Frame => ({
  ...{ kind, rest, lines, errors },
});

function read(frames: readonly Frame[], more: { noise?: readonly string[]; why?: string } = {}): string[] {
  const { noise = [], why = '' } = more;
  const reply = { frames, noise, complete: why === '', why };
  return ofReply(clusterOf('north'), 'alice@north:22', reply, 1000).map(
    ({ name, verdict, words }) => `${verdict} ${name}: ${words}`,
  );
}

describe('a login', () => {
  it('is told with its host key, its shell and the wrapper', () => {
    expect(read([frame('clock', '1001')])).toEqual([
      'ok login: alice@north:22 answers',
      'ok host key: is the one that known_hosts has',
      'ok login shell: prints nothing by itself',
      'ok wrapper: runs there',
      'ok clock: agrees with ours',
    ]);
  });
  it('by the own ssh of the user is told as that', () => {
    const reply = { frames: [], noise: [], complete: true, why: '' };
    const cluster = { ...clusterOf('north'), transport: 'openssh' } as const;
    expect(
      ofReply(cluster, 'alice@north:22', reply, 0)
        .slice(0, 2)
        .map(({ words }) => words),
    ).toEqual(['alice@north:22 answers, by your own ssh', 'was checked by your own ssh']);
  });
  it('that prints by itself is a warning', () => {
    expect(read([], { noise: ['Welcome to north'] })).toContainEqual(
      expect.stringMatching(/^warn login shell: prints by itself, beginning with "Welcome to north": .*scp/),
    );
  });
  it('whose reply broke off', () => {
    expect(read([], { why: 'timed out' })).toContain('fail wrapper: timed out');
  });
  it.each([
    ['host-key', 'fail host key: no'],
    ['login-refused', 'fail login: no'],
    ['unreachable', 'fail login: no'],
  ] as const)('that fails by %s', (kind, expected) => {
    const { name, verdict, words } = ofFailure(new TransportFailure(kind, 'no'));
    expect(`${verdict} ${name}: ${words}`).toBe(expected);
  });
});

it.each<[string, Frame, string | undefined]>([
  ['a clock behind', frame('clock', '910'), 'fail clock: is 90 s behind ours; set one of the two by NTP'],
  ['a clock ahead', frame('clock', '1030'), 'ok clock: is 30 s ahead of ours'],
  ['no clock', frame('clock', 'x'), 'fail clock: is NaN s ahead of ours; set one of the two by NTP'],
  ['a good check', frame('check', 'slurm ok slurm 24.05'), 'ok slurm: slurm 24.05'],
  ['a bad check', frame('check', 'sbatch fail is not there'), 'fail sbatch: is not there'],
  ['a check to be wary of', frame('check', 'accounting warn is off'), 'warn accounting: is off'],
  ['room', frame('space', 'work_dir 82000000 5000000'), 'ok work_dir: has room for 84 GB and 5000000 more files'],
  ['room, inodes not told', frame('space', 'work_dir 8200000 -'), 'ok work_dir: has room for 8.4 GB'],
  ['little room', frame('space', 'work_dir 500000 -'), 'warn work_dir: has room for 512 MB; clear it up, or name another in clusters.yaml'],
  ['no room', frame('space', 'work_dir 0 5000000'), 'fail work_dir: has room for 0.0 kB and 5000000 more files; clear it up, or name another in clusters.yaml'],
  ['no inodes', frame('space', 'work_dir 9000000 0'), 'fail work_dir: has room for 9.2 GB and 0 more files; clear it up, or name another in clusters.yaml'],
  ['nothing told', frame('space', 'work_dir - -'), undefined],
  ['no quota', frame('quota', '0', ['Disk quotas for user a (uid 1): none']), 'ok quota: none is told for you'],
  ['a quota', frame('quota', '0', ['Disk quotas for user a (uid 1):', '  Filesystem blocks quota', '  /dev/sda1   12  100  200  3  0  0']), 'ok quota: is not used up'],
  ['a quota that is used up', frame('quota', '1', ['  /dev/sda1   120*  100  200  6days 3  0  0']), 'fail quota: is used up: /dev/sda1 120* 100 200 6days 3 0 0'],
])('%s', (_, given, expected) => {
  expect(read([given]).slice(4)).toEqual(expected === undefined ? [] : [expected]);
}); // prettier-ignore

const SAID = ['node n1', 'began 1007', 'shell 5.2.15(1)-release', 'wrote /w/p/work'];

function look(frames: readonly Frame[]): Look {
  return readLook(frames);
}
function words(frames: readonly Frame[]): string[] {
  return ofEnd('12', look(frames), 1000, '/w').map(({ verdict, words: text }) => `${verdict} ${text}`);
}

describe('the job of a minute', () => {
  it('that ran proves the nodes', () => {
    const frames = [frame('probe', '12 COMPLETED n=n1 None'), frame('said', '', SAID), frame('left', '0 0')];
    expect(words(frames)).toEqual([
      'ok job 12 ran on n1 after 7 s in the queue',
      'ok they see /w and can write there',
      'ok bash 5.2.15 runs there as a login shell',
    ]);
  });
  it('without a login shell', () => {
    const frames = [
      frame(
        'said',
        '',
        SAID.filter((line) => !line.startsWith('shell')),
      ),
      frame('left', '0 0'),
    ];
    expect(words(frames)[2]).toMatch(/^fail bash does not start as a login shell/);
  });
  it.each<[string, readonly Frame[], RegExp]>([
    ['left no trace', [frame('probe', '12 FAILED n=n1 NonZeroExitCode')], /^fail job 12 ended \(FAILED\) on n1 and left nothing in \/w: .*WorkDirNotOnNodes\); name a directory/],
    ['left the queue without one', [frame('probe', '- GONE n= -')], /ended \(GONE\) and left nothing/],
    ['could not leave a mark', [frame('probe', '12 FAILED n=n1 x'), frame('said', '', [], ['sluice: /w/.sluice cannot be written on n1'])], /WorkDirNotOnNodes.*it said: sluice: \/w\/\.sluice cannot be written on n1$/],
    ['failed in setup', [frame('said', '', [], ['/w/sluice-probe-1-a/.sluice/script: line 7: module: command not found', 'sluice: ended with code 127, item -1']), frame('left', '127 -1')], /^fail setup of clusters\.yaml ends with exit code 127; it said: script: line 7: module: command not found$/],
    ['could not write', [frame('said', '', SAID.slice(0, 3), ['No space left']), frame('left', '1 4')], /^fail job 12 ended with exit code 1 on n1; it said: No space left$/],
    ['was killed', [frame('probe', '12 NODE_FAIL n=n1 x'), frame('said', '', SAID.slice(0, 2))], /^fail job 12 began on n1 and did not end well \(NODE_FAIL\)$/],
  ])('that %s', (_, frames, expected) => {
    expect(words(frames)).toHaveLength(1);
    expect(words(frames)[0]).toMatch(expected);
  }); // prettier-ignore
  it.each([
    ['12 PENDING n= (Resources)', false],
    ['12 COMPLETING n=n1 None', false],
    ['- SILENT n= slurm_load_jobs error', false],
    ['12 COMPLETED n=n1 None', true],
    ['- GONE n= -', true],
  ])('%s: it has ended: %s', (rest, ended) => {
    expect(hasEnded(look([frame('probe', rest)]))).toBe(ended);
  });
  it('that came to no end is told where it stands', () => {
    const late = (rest: string): string =>
      ofLate('12', look([frame('probe', rest)]), 'after 3 minutes').words;
    expect(late('12 PENDING n= Priority')).toBe(
      'after 3 minutes: job 12 still waits in the queue, Priority; it was cancelled, so this proves nothing of the nodes',
    );
    expect(late('12 RUNNING n=n1 None')).toMatch(/job 12 is RUNNING on n1; it was cancelled/);
    expect(late('- SILENT n= no controller')).toMatch(/could not be asked about, no controller/);
    expect(ofLate(undefined, undefined, 'interrupted').words).toMatch(/nothing is known of it/);
  });
});

describe('the nodes', () => {
  const of = (lines: readonly string[]): string[] => {
    const asked = parseStatus(answer(lines));
    const status =
      asked.kind === 'answered'
        ? { kind: 'answered' as const, value: { takenAt: 1, nodes: asked.value } }
        : asked;
    return ofStatus(status).map(({ name, verdict, words }) => `${verdict} ${name}: ${words}`);
  };
  it.each([
    [
      [nodeLine('a', 'idle'), nodeLine('b', 'drained')],
      'ok status: 1 of 2 nodes are up, 16 of 16 CPUs idle; not up: 1 drained',
    ],
    [[nodeLine('b', 'down*')], 'warn status: 0 of 1 node is up, 0 of 0 CPUs idle; not up: 1 down'],
    [
      [nodeLine('a', 'idle'), nodeLine('b', 'odd')],
      'warn status: 1 of 2 nodes are up, 16 of 16 CPUs idle; not up: 1 unknown; not known here: odd',
    ],
    [['<html>'], 'warn status: is not to be had: sinfo said what is no list of nodes: <html>'],
  ])('%j', (lines, words) => {
    // prettier-ignore
    expect(of(lines)).toEqual([words]);
  });
  it('of which nothing came are no finding', () => {
    expect(ofStatus(undefined)).toEqual([]);
  });
});
