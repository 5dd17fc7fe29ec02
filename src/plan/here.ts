/** What is done on this machine before an attempt can be made: staging modules run, files are brought. */
import type { Action } from '../model/action.js';
import type { JobSpec } from '../model/job.js';
import { identity, mark, type RunSituation } from './situation.js';
import { isFetchedHere, urlOf } from './steps.js';

/** The staging modules, as long as they have not run; undefined: there is nothing to run. */
export function planStaging(s: RunSituation, likely: string): readonly Action[] | undefined {
  const modules = s.specForNext.modules?.staging ?? [];
  if (modules.length === 0 || isStaged(s)) return undefined;
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
export function planBringing(s: RunSituation, cluster: string, spec: JobSpec): readonly Action[] | undefined {
  const isHere = s.planning.facts.brought.has(s.record.run.uuid);
  if (isHere || !isFetchedHere(s, cluster, spec)) return undefined;
  const url = urlOf(spec);
  if (isAtWork(s))
    return [mark(s, 'progress', 'Staging', 'BringingFiles', `${url} is fetched to this machine`)];
  const why = `${url} is fetched to this machine and sent to ${cluster} from here`;
  return [{ kind: 'bring', ...identity(s.record), cluster, url, why }];
}

function isAtWork({ planning, record }: RunSituation): boolean {
  return planning.facts.atWork.has(record.run.uuid);
}
