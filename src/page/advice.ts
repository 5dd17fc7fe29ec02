/** What a person may do about a job, and what to type for it. */
import type { RecordView } from '../views/record.js';

export interface Advice {
  readonly words: string;
  /** For a terminal, in the project's directory. */
  readonly command?: string;
}

type About = Pick<
  RecordView,
  'name' | 'phase' | 'reason' | 'conditions' | 'cluster' | 'candidates' | 'manifest' | 'suspend_requested'
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
      { words: 'To give it up:', command: `sluice cancel ${name}` },
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

/** What may be done, where nothing waits for it. */
export function offersOf({ name, phase, conditions }: About): readonly Advice[] {
  const offers: Advice[] = [];
  if (phase === 'Failed' || phase === 'Cancelled')
    offers.push({ words: 'To run it once more:', command: `sluice rerun ${name}` });
  if (conditions.includes('Debt'))
    offers.push({
      words:
        'A cluster that was lost may hold an earlier attempt of it still; what is there is ended when it returns. Where it never will:',
      command: `sluice resolve ${name} --not-submitted`,
    });
  return offers;
}
