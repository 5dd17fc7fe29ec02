/** Results of a run that has ended, fetched again. The state stays as it is. */
import { join } from 'node:path';
import type { Attempt, FetchedFile, RunRecord } from '../model/run.js';
import { currentSpec } from '../plan/situation.js';
import type { Fetched, UnreadFile } from './apply/fetch.js';
import { together } from './apply/together.js';
import { type Context, resultsFolder } from './context.js';
import { siteOf } from './sites.js';

export interface Collected {
  readonly files: readonly FetchedFile[];
  /** Outputs that matched nothing. */
  readonly missing: readonly string[];
  /** What is there and did not come, and why. */
  readonly unread: readonly UnreadFile[];
  /** The job's directory on the cluster, where it is not there any more. */
  readonly gone?: string;
}

const DEADLINE_MS = 60 * 60_000;

/**
 * As far as they exist. Of an array whose tasks were tried again, from each attempt that brought some: the latest first, and
 * of the earlier ones what is not there then.
 * @param to folder in place of the usual one: what is there and differs stays, and then nothing is placed
 * @throws {NotRetrieved}
 */
export async function retrieveAll(context: Context, record: RunRecord, to?: string): Promise<Collected> {
  const [last, ...before] = sourcesOf(context, record);
  if (last === undefined) return { files: [], missing: [], unread: [] };
  const files = new Map<string, FetchedFile>();
  const bring = async (source: Source): Promise<Fetched> => {
    const fetched = await fetchFrom(context, source, new Set(files.keys()), to);
    for (const file of fetched.files) files.set(file.path, file);
    return fetched;
  };
  const first = await bring(last);
  const others: Fetched[] = [];
  for (const source of before) others.push(await bring(source));
  const known = others.map(({ found }) => ({ results: { found, lost: [] } }));
  const { missing } = together({ missing: first.missing, lost: [] }, known, () => false);
  const gone = [first, ...others].find((each) => each.gone !== undefined)?.gone;
  return {
    files: [...files.values()],
    missing,
    unread: [first, ...others].flatMap(({ unread }) => unread).filter(({ path }) => !files.has(path)),
    ...(gone === undefined ? {} : { gone }),
  };
}

interface Source {
  readonly record: RunRecord;
  readonly attempt: Attempt;
}

/** The latest first; only of single tasks of an array does more than the last one count. */
function sourcesOf({ store }: Context, record: RunRecord): readonly Source[] {
  const all = store.records
    .completing(record)
    .flatMap((each) => each.attempts.map((attempt) => ({ record: each, attempt })));
  const isInParts = record.run.part !== undefined || record.attempts.some(({ tasks }) => tasks !== undefined);
  const counted = isInParts ? all.toReversed() : all.slice(-1);
  return counted.filter(({ attempt }) => mayHaveResults(attempt));
}

/** It ended after it had been on the cluster: what it left there can be fetched, as far as it exists. */
function mayHaveResults({ outcome }: Attempt): boolean {
  return (
    outcome === 'completed' || outcome === 'failed' || outcome === 'cancelled' || outcome === 'step-failed'
  );
}

async function fetchFrom(
  context: Context,
  { record, attempt }: Source,
  except: ReadonlySet<string>,
  to: string | undefined,
): Promise<Fetched> {
  const { output, login } = currentSpec(record, undefined);
  const agent = context.agent(siteOf(context.inventory, attempt.cluster, login));
  const target = to ?? join(context.outputs, ...resultsFolder(record.run));
  const item = { token: attempt.token, outputs: output, target, isUsers: to !== undefined, except };
  const { fetchResults } = await import('./apply/fetch.js');
  const [fetched] = await fetchResults(agent, [item], to ?? context.outputs, DEADLINE_MS);
  if (fetched === undefined) throw new NotRetrieved(`nothing of ${attempt.token} came`);
  if (fetched.failed !== undefined) throw new NotRetrieved(fetched.failed.why);
  return fetched;
}

/** The results did not come as announced, or have no place here. */
class NotRetrieved extends Error {
  override readonly name = 'NotRetrieved';
}
