/** What is done on this machine before an attempt can be made: staging modules run, files are brought. */
import type { Action } from '../model/action.js';
import type { Reason } from '../model/run.js';
import { identity, mark, type RunSituation } from './situation.js';
import { isFromHere, urlOf } from './steps.js';

/** The staging modules, as long as they have not run; undefined: there is nothing to run. */
export function planStaging(s: RunSituation, likely: string): readonly Action[] | undefined {
  const modules = s.specForNext.modules?.staging ?? [];
  if (modules.length === 0 || isStaged(s)) return undefined;
  if (isResting(s)) return [];
  const names = modules.map(({ module }) => module);
  if (isAtWork(s)) {
    return [
      mark(s, 'progress', 'Staging', 'ModulesRunning', `staging modules run here: ${names.join(', ')}`),
    ];
  }
  const why = `${names.join(', ')} ${names.length === 1 ? 'runs' : 'run'} here first; what follows is provisional: ${likely}`;
  return [{ kind: 'modules', ...identity(s.record), modules: names, why }];
}

/** What they wrote must be there to be sent; of a state that was rebuilt from the clusters it is not. */
function isStaged({ record: { run } }: RunSituation): boolean {
  return run.staged?.folder !== undefined;
}

/** The job's files at an address, where the cluster does not fetch them itself; undefined: nothing is to be brought. */
export function planBringing(...of: Parameters<typeof isFromHere>): readonly Action[] | undefined {
  const [s, cluster, spec] = of;
  const isHere = s.planning.facts.brought.has(s.record.run.uuid);
  if (isHere || !isFromHere(...of)) return undefined;
  if (isResting(s)) return [];
  const url = urlOf(spec);
  if (isAtWork(s))
    return [mark(s, 'progress', 'Staging', 'BringingFiles', `${url} is fetched to this machine`)];
  const why = `${url} is fetched to this machine and sent to ${cluster} from here`;
  return [{ kind: 'bring', ...identity(s.record), cluster, url, why }];
}

/** What failed here of an attempt that a cluster may hold is tried again after a while, without end. */
const REST_MS = 60_000;

function isResting({ planning, record: { run } }: RunSituation): boolean {
  const reasons: readonly Reason[] = ['ModuleFailed', 'StagingFailed', 'CloneFailed', 'DownloadFailed'];
  return (
    run.phase === 'Blocked' && reasons.includes(run.reason) && planning.facts.now - run.updatedAt < REST_MS
  );
}

function isAtWork({ planning, record }: RunSituation): boolean {
  return planning.facts.atWork.has(record.run.uuid);
}
