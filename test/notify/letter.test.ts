/** The exact words of every occasion. */
import { describe, expect, it } from 'vitest';
import type { Attempt, Reason, Run } from '../../src/model/run.js';
import { type Circumstances, writeLetter } from '../../src/notify/letter.js';
import { recordOf, UUID } from './records.js';

const AT_HOME: Circumstances = { username: 'jdoe', tasks: 1 };
type Now = [Partial<Run>, ...Partial<Attempt>[]];

function written(now: Now, more: Partial<Circumstances> = {}) {
  return writeLetter(recordOf(...now), { ...AT_HOME, ...more });
}

const states: [Now, subject: string, headline: string, next: string][] = [
  [
    [{ reason: 'QueueLimit', message: 'lemaitre3 is full' }],
    '[sluice] lattice: Pending',
    'lattice waits to be sent.',
    'why it stands so: sluice describe lattice',
  ],
  [
    [{ phase: 'Staging', reason: 'Accepted' }, {}],
    '[sluice] lattice: Staging on lemaitre3',
    'lattice is on its way to its cluster.',
    'why it stands so: sluice describe lattice',
  ],
  [
    [{ phase: 'Preparing', reason: 'StepsRunning' }, {}],
    '[sluice] lattice: Preparing on lemaitre3',
    'lattice is being prepared on lemaitre3.',
    'why it stands so: sluice describe lattice',
  ],
  [
    [{ phase: 'Queued', reason: 'WaitingInQueue' }, {}],
    '[sluice] lattice: Queued on lemaitre3',
    'lattice waits in the queue on lemaitre3.',
    'why it stands so: sluice describe lattice',
  ],
  [
    [{ phase: 'Running', reason: 'Executing' }, {}],
    '[sluice] lattice: Running on lemaitre3',
    'lattice runs on lemaitre3.',
    'its output so far: sluice logs lattice',
  ],
  [
    [{ phase: 'Fetching', reason: 'FetchPending' }, { outcome: 'completed' }],
    '[sluice] lattice: Fetching on lemaitre3',
    'lattice has ended on lemaitre3, and its results are being fetched.',
    'why it stands so: sluice describe lattice',
  ],
  [
    [{ phase: 'Succeeded', reason: 'Done' }, { outcome: 'completed' }],
    '[sluice] lattice: Succeeded on lemaitre3',
    'lattice has succeeded on lemaitre3.',
    'another copy of the results: sluice retrieve lattice --to DIR',
  ],
  [
    [{ phase: 'Cancelled', reason: 'CancelledByUser' }, { outcome: 'cancelled' }],
    '[sluice] lattice: Cancelled on lemaitre3 (CancelledByUser)',
    'lattice was cancelled on lemaitre3: somebody asked Sluice for its end.',
    'to run it after all: sluice rerun lattice',
  ],
  [
    [{ phase: 'Failed', reason: 'OutOfMemory' }, { outcome: 'failed' }],
    '[sluice] lattice: Failed on lemaitre3 (OutOfMemory)',
    'lattice has failed on lemaitre3: it used more memory than it asked for.',
    'give it more memory_per_thread in its resources, then: sluice rerun lattice; what happened: sluice describe lattice',
  ],
  [
    [{ phase: 'Suspended', reason: 'SuspendedByManifest' }],
    '[sluice] lattice: Suspended',
    'lattice is suspended.',
    'to let it go, take suspend: out of its manifest',
  ],
  [
    [{ phase: 'Blocked', reason: 'OutcomeUnknown' }, {}],
    '[sluice] lattice: Blocked on lemaitre3 (OutcomeUnknown)',
    'lattice waits for your decision: how it ended is not known.',
    'see "sluice describe lattice"; to give it up: sluice cancel lattice',
  ],
];

describe('a state', () => {
  it.each(states)('%j', (now, subject, headline, next) => {
    const letter = written(now);
    expect(letter.subject).toBe(subject);
    const [greeting, second] = letter.text.split('\n\n');
    expect([greeting, second]).toEqual(['Hello jdoe,', headline]);
    expect(letter.text).toContain(`\nWhat next: ${next}\n`);
  });
});

const MENDED = /(when it is mended|give it a longer duration in its resources, then): sluice rerun lattice/;
const COMMANDS =
  'compilation "make" ended with exit code 2 on lemaitre3:\nlattice.c:7: error: no such thing\nmake: *** [all] Error 1';

/** Each error mail has the command, its output and its error, as whoever failed gave them. */
const errors: [occasion: string, Now, subject: string, headline: string][] = [
  [
    'no workload manager that we know',
    [
      { phase: 'Failed', reason: 'Refused' },
      { outcome: 'refused', reason: 'Refused' },
    ],
    '[sluice] lattice: Failed on lemaitre3 (Refused)',
    'lattice has failed on lemaitre3: the workload manager refused the job.',
  ],
  [
    'the status of the cluster',
    [{ phase: 'Running', reason: 'ClusterUnreachable' }, {}],
    '[sluice] lattice: Running on lemaitre3 (ClusterUnreachable)',
    'lattice runs on lemaitre3, as far as is known: the cluster cannot be reached.',
  ],
  [
    'the status of the job',
    [{ phase: 'Queued', reason: 'ControllerUnavailable' }, {}],
    '[sluice] lattice: Queued on lemaitre3 (ControllerUnavailable)',
    'lattice waits in the queue on lemaitre3, as far as is known: the workload manager does not answer, so the state of the job is not known.',
  ],
  [
    'sbatch',
    [
      { phase: 'Pending', reason: 'Refused' },
      { outcome: 'refused', reason: 'Refused' },
    ],
    '[sluice] lattice: Pending (Refused)',
    'lattice waits to be sent: the workload manager refused the job.',
  ],
  ...(
    [
      ['CloneFailed', 'its repository could not be cloned'],
      ['DownloadFailed', 'its job could not be downloaded'],
      ['UnpackFailed', 'its files could not be unpacked'],
      ['StepFailed', 'a command of its requirements or compilation failed'],
      ['PreprocessingFailed', 'a preprocessing module failed'],
      ['PostprocessingFailed', 'a postprocessing module failed'],
      ['ModuleFailed', 'a module failed'],
      ['ExecutionFailed', 'a command of its execution failed'],
      ['OutputMissing', 'it left no such output'],
      ['TimeLimit', 'it reached its time limit'],
    ] as const
  ).map(([reason, words]): [string, Now, string, string] => [
    reason,
    [
      { phase: 'Failed', reason },
      { outcome: 'failed', reason },
    ],
    `[sluice] lattice: Failed on lemaitre3 (${reason})`,
    `lattice has failed on lemaitre3: ${words}.`,
  ]),
];

describe('an error', () => {
  it.each(errors)('of %s', (_, [run, ...attempts], subject, headline) => {
    const letter = written([{ message: COMMANDS, ...run }, ...attempts]);
    expect(letter.subject).toBe(subject);
    expect(letter.text).toContain(`\n${headline}\n`);
    expect(letter.text).toContain(
      '\n    compilation "make" ended with exit code 2 on lemaitre3:\n    lattice.c:7: error: no such thing\n    make: *** [all] Error 1\n',
    );
    expect(letter.html).toContain('<pre>compilation &quot;make&quot; ended with exit code 2');
    if (run.phase === 'Failed') expect(letter.text).toMatch(MENDED);
  });

  it.each<[Reason, string]>([
    ['LoginNeeded', 'it goes on by itself once the login works: sluice clusters check lemaitre3'],
    ['HostKeyRefused', 'it goes on by itself once the login works: sluice clusters check lemaitre3'],
    ['ClusterUnreachable', 'nothing has to be done, it is asked again: sluice describe lattice'],
    ['ControllerUnavailable', 'nothing has to be done, it is asked again: sluice describe lattice'],
  ])('%s says what to do', (reason, next) => {
    expect(written([{ phase: 'Queued', reason }, {}]).text).toContain(`What next: ${next}\n`);
  });
});

describe('a whole mail', () => {
  it('of a failure, with what ran, the end of its logs and the attempts before', () => {
    const letter = written(
      [
        {
          phase: 'Failed',
          reason: 'ExecutionFailed',
          message: 'tasks 2, 3: exit code 3 in item 1 of execution',
        },
        { outcome: 'refused', reason: 'Refused', message: 'sbatch: Invalid account' },
        {
          ...{ outcome: 'failed', reason: 'ExecutionFailed', jobId: '4242' },
          taskStates: ['COMPLETED', 'FAILED', 'FAILED'],
        },
      ],
      {
        tasks: 3,
        commands: ['./lattice --size 32'],
        results: '/home/jane/grid/outputs/lattice/1',
        logs: [{ name: 'logs/stderr.2', tail: 'lattice: no room for 32\n' }],
      },
    );
    expect(letter.text).toBe(`Hello jdoe,

lattice has failed on nic5: a command of its execution failed.

    tasks 2, 3: exit code 3 in item 1 of execution

The end of logs/stderr.2:

    lattice: no room for 32

job:     lattice
cluster: nic5, attempt 2, job 4242
state:   1 COMPLETED, 2 FAILED
uuid:    ${UUID}
before:  attempt 1 on lemaitre3 refused: sbatch: Invalid account
command: ./lattice --size 32
results: /home/jane/grid/outputs/lattice/1

What next: see "sluice logs lattice" and "sluice describe lattice"; when it is mended: sluice rerun lattice

-- 
Sluice
`);
    expect(letter.html).toContain('<tr><td>state</td>');
  });

  it('before anything was submitted', () => {
    const { text } = writeLetter(recordOf({ reason: 'QueueLimit', message: 'lemaitre3 is full' }), {
      tasks: 12,
    });
    expect(text).toMatch(/^Hello,\n/);
    expect(text).toContain('cluster: none yet\nstate:   12 NOT_SUBMITTED\n');
  });

  it('of a job of which the workload manager has not told yet', () => {
    const { text } = written([{ phase: 'Queued', reason: 'WaitingInQueue' }, { jobId: '7' }]);
    expect(text).toContain('cluster: lemaitre3, attempt 1, job 7\nstate:   submitted, no word of it yet\n');
  });

  it('names the run where there are several', () => {
    expect(written([{ run: '2' }]).subject).toBe('[sluice] lattice/2: Pending');
    expect(written([{ generation: 1 }]).subject).toBe('[sluice] lattice/1.g1: Pending');
  });

  it('of a run that goes on says how its attempt ended', () => {
    const ended = {
      outcome: 'step-failed',
      reason: 'StepFailed',
      message: 'make ended with exit code 2',
    } as const;
    expect(
      written([{ phase: 'Fetching', reason: 'FetchPending', message: 'results come' }, ended]).text,
    ).toContain('    results come\n\n    make ended with exit code 2\n');
  });
});

// eslint-disable-next-line no-control-regex -- what must never come through
const DANGEROUS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

describe('what comes from elsewhere', () => {
  const nasty = 'x\r\nBcc: eve@example.org\u0000<b>&\u2028';

  it('makes no second header line, and no HTML', () => {
    const letter = written([{ name: nasty, message: nasty }, { cluster: nasty }], { username: nasty });
    expect(letter.subject).toBe(
      '[sluice] x Bcc: eve@example.org <b>& : Pending on x Bcc: eve@example.org <b>&',
    );
    expect(letter.text.split('\n')[0]).toBe('Hello x Bcc: eve@example.org <b>&,');
    expect(letter.html).not.toContain('<b>&');
    expect(letter.text).not.toContain('\u0000');
  });

  it.each(['\u001b[2J', '\u009b2J', '\u009d52;c;eA==\u009c', '\u202e', '\u2066', '\u200f'])(
    'commands no terminal in which the mail is read, and turns no writing: %j',
    (attack) => {
      const words = `a${attack}b`;
      const letter = written([{ name: words, message: words }, { cluster: words }], { username: words });
      for (const text of [letter.subject, letter.text, letter.html]) expect(text).not.toMatch(DANGEROUS);
    },
  );

  it('is cut to its end where it is long', () => {
    const { text } = written([{ message: `begun\n${'x'.repeat(50_000)}\nthe error` }]);
    expect(text.length).toBeLessThan(10_000);
    expect(text).toContain('the error');
    expect(text).not.toContain('begun');
  });

  it('shows no password that Git prints within a URL', () => {
    const message = "fatal: unable to access 'https://ann:planted@git.example.org/a.git/': 403";
    expect(written([{ phase: 'Failed', reason: 'CloneFailed', message }]).text).toContain(
      "'https://git.example.org/a.git/': 403",
    );
  });
});
