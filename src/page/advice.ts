/** What a person may do about a job, and what to type for it. */
import type { RecordView } from '../views/record.js';

export interface Advice {
  readonly words: string;
  /** For a terminal, in the project's directory. */
  readonly command?: string;
}

type About = Pick<
  RecordView,
  | 'name'
  | 'phase'
  | 'reason'
  | 'state'
  | 'conditions'
  | 'cluster'
  | 'candidates'
  | 'manifest'
  | 'suspend_requested'
>;

/** Results that cannot be brought home for now. */
const UNFETCHED = ['FetchPending', 'OutputsNotWritable', 'NoRoomHere'];
const UNREACHED = ['LoginNeeded', 'HostKeyRefused'];

/** What waits for a person's word, the most urgent first. */
export function asksOf(record: About): readonly Advice[] {
  const { name, phase, reason, conditions, cluster, candidates, manifest } = record;
  const asks: Advice[] = [];
  if (phase === 'Blocked' && UNFETCHED.includes(reason))
    asks.push({
      words: 'It is tried again by itself, and goes on when the cause is gone. To give the results up:',
      command: `sluice cancel ${name}`,
    });
  else if (phase === 'Blocked')
    asks.push(
      {
        words: 'It goes no further until a person decides. What is known of it:',
        command: `sluice describe ${name}`,
      },
      ...(reason === 'SubmissionUnknown' ? resolutions(record) : []),
      { words: 'To give it up:', command: `sluice cancel ${name}` },
      ...(cluster === null
        ? []
        : [
            {
              words: `To follow it no more, and leave what is on ${cluster} as it is:`,
              command: `sluice forget ${name}`,
            },
          ]),
    );
  const where = cluster ?? candidates[0];
  if (UNREACHED.includes(reason) && where !== undefined)
    asks.push({ words: 'What the login lacks:', command: `sluice clusters check ${where}` });
  if (record.suspend_requested)
    asks.push({ words: 'Somebody suspended it. To let it go on:', command: `sluice resume ${name}` });
  if (reason === 'SuspendedByManifest')
    asks.push({ words: `To let it go on, take "suspend: true" out of ${manifest}.` });
  if (conditions.includes('OutOfSync'))
    asks.push({
      words: `Its manifest was edited after it was submitted, which changes nothing of this run. To have what it says now, give it another "run:", or "on_edit: replace", in ${manifest}.`,
    });
  return asks;
}

/** What became of a submission that nobody answered, only a person can find out. */
function resolutions({ name, cluster }: About): readonly Advice[] {
  const where = cluster ?? 'its cluster';
  return [
    { words: `Where ${where} has the job, by its id there:`, command: `sluice resolve ${name} --adopt ID` },
    { words: `Where ${where} never got it:`, command: `sluice resolve ${name} --not-submitted` },
  ];
}

/** What may be done, where nothing waits for it. */
export function offersOf(record: About): readonly Advice[] {
  return [...runsAgain(record), ...endsOfDebts(record)];
}

function runsAgain({ name, phase, state }: About): readonly Advice[] {
  if (phase !== 'Failed' && phase !== 'Cancelled') return [];
  const completed = state.filter((each) => each === 'COMPLETED').length;
  const again: Advice = { words: 'To run it once more:', command: `sluice rerun ${name}` };
  if (completed === 0 || completed === state.length) return [again];
  return [
    { words: 'To run only its failed tasks once more:', command: `sluice rerun ${name} --failed-tasks` },
    { ...again, words: 'To run all of it once more:' },
  ];
}

function endsOfDebts({ name, conditions }: About): readonly Advice[] {
  if (!conditions.includes('Debt')) return [];
  const words =
    'A cluster that was lost may hold an earlier attempt of it still; what is there is ended when it returns. Where it never will:';
  return [{ words, command: `sluice resolve ${name} --not-submitted` }];
}
