/** After a job has completed: its postprocessing modules, on the cluster, before its results come home. */
import type { Action, Ending } from '../model/action.js';
import type { ClaimFacts } from '../model/observation.js';
import type { Attempt } from '../model/run.js';
import { followRunner, isDead, isDeadForGood, killedWords } from './runner.js';
import { isReached, mark, onCluster, type RunSituation, siteOf } from './situation.js';
import { readFailure } from './steps.js';

export type After =
  /** Its results may come home, and how the run ends then. */
  | { readonly kind: 'over'; readonly ending: Ending }
  | { readonly kind: 'going'; readonly actions: readonly Action[] };

/** What a chain that was ended by a cancellation counts as; see `wrapper/README.md`. */
const CANCELLED_CODE = 143;

/** @param last has completed */
export function planAfter(s: RunSituation, last: Attempt): After {
  const message = `completed on ${last.cluster}; its results were fetched`;
  const well: After = { kind: 'over', ending: { phase: 'Succeeded', reason: 'Done', message } };
  if ((s.spec.modules?.postprocessing.length ?? 0) === 0 || last.fetchedAt !== undefined) return well;
  if (last.postFailure !== undefined) return failed(last.postFailure);
  if (last.postprocessedAt !== undefined) return well;
  // Where the cluster cannot be asked, or its directory is gone, the fetching says so.
  if (!isReached(s, last.cluster)) return well;
  const claim = claimOf(s, last);
  if (claim === undefined) return vanished(s, last);
  return claim.placed ? planChain(s, last, claim) : well;
}

/** Whether they have run, and how, stood beside it. */
function vanished(s: RunSituation, last: Attempt): After {
  if (s.record.run.cancelRequested) return cancelled(last);
  const message =
    `its claim on ${last.cluster} is gone, so that nobody can tell whether its postprocessing modules have run; ` +
    `look there, and give it up with: sluice cancel ${s.record.run.name}`;
  return going(mark(s, 'hold', 'Blocked', 'OutcomeUnknown', message));
}

function claimOf(s: RunSituation, { cluster, token }: Attempt): ClaimFacts | undefined {
  const reach = siteOf(s, cluster)?.reach;
  return reach?.kind === 'reached' ? reach.observation.claims.get(token) : undefined;
}

function planChain(s: RunSituation, last: Attempt, { after }: ClaimFacts): After {
  const where = onCluster(s, last);
  const isCancelled = s.record.run.cancelRequested;
  switch (after.kind) {
    case 'none':
      if (isCancelled) return cancelled(last);
      return going({ kind: 'steps', when: 'after', ...where, why: 'its postprocessing modules come next' });
    case 'done':
      return going({
        kind: 'review',
        when: 'after',
        mayEnd: false,
        ...where,
        why: 'its postprocessing modules are done',
      });
    case 'failed': {
      if (isCancelled && after.exitCode === CANCELLED_CODE) return cancelled(last);
      const { message } = readFailure(s, last.cluster, after);
      const failure = { index: after.item, message };
      return going({ kind: 'review', when: 'after', mayEnd: false, ...where, failure, why: message });
    }
    case 'running':
      if (isCancelled)
        return going({ kind: 'halt', ...where, jobId: last.jobId ?? '', why: 'it was cancelled' });
      if (isDeadForGood(after)) return failed(killedWords('postprocessing modules', last.cluster));
      if (isDead(after))
        return going({ kind: 'steps', when: 'after', ...where, why: 'what ran its modules was killed' });
      return going(followRunner(s, last.cluster, after, 'Postprocessing', 'postprocessing modules run'));
  }
}

function going(...actions: readonly Action[]): After {
  return { kind: 'going', actions };
}

function failed(message: string): After {
  return { kind: 'over', ending: { phase: 'Failed', reason: 'PostprocessingFailed', message } };
}

function cancelled({ cluster }: Attempt): After {
  const message = `it had completed on ${cluster}, and was cancelled before its postprocessing modules were done`;
  return { kind: 'over', ending: { phase: 'Cancelled', reason: 'CancelledByUser', message } };
}
