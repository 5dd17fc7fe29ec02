/** At the beginning of a pass the writer takes up what others have asked for meanwhile. */
import type { Door } from '../requests/door.js';
import type { Request } from '../requests/request.js';
import type { Context } from './context.js';

/**
 * Under the lease. Each request is committed, with its event, before its file leaves.
 * @returns the manifests' files of the runs that were asked about: they are in the scope of the passes from now on
 */
export function takeUp(context: Context, door: Door): readonly string[] {
  if (context.store.fence === undefined) return [];
  return door.waiting().flatMap(({ id, request }) => {
    if (request === undefined) {
      const aside = door.setAside(id);
      context.story({ level: 'warning', text: `a request was not understood; it is kept as ${aside}` });
      return [];
    }
    const file = carryOut(context, request);
    door.done(id);
    return file === undefined ? [] : [file];
  });
}

/** @returns undefined where there is no such run */
function carryOut(context: Context, request: Request): string | undefined {
  const { store } = context;
  const run = store.runs.byUuid(request.run);
  if (!run) {
    const text = `asked to ${request.kind} the run ${request.run}, which the state does not know`;
    context.story({ level: 'warning', text });
    return undefined;
  }
  // One kind so far; a switch when there are more.
  const taken = store.runs.requestCancel(run.uuid, request.reason, {
    actor: request.actor,
    detail: { askedAt: request.at },
  });
  if (taken) {
    const text = `asked to cancel it: ${request.reason}`;
    context.story({ level: 'info', job: run.name, text });
  }
  return run.manifestFile;
}
