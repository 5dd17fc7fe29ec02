/** What people decide of a run is committed here, with its event: their own writer's, or what others have asked it for. */
import type { Run } from '../model/run.js';
import type { Door } from '../requests/door.js';
import type { Request, RunRequest } from '../requests/request.js';
import type { Context } from './context.js';
import { beginNext } from './generations.js';

/**
 * Under the lease, at the beginning of a pass. Each request is committed, with its event, before its file leaves.
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
  if (request.kind === 'approve') {
    approve(context, request);
    return undefined;
  }
  const run = context.store.runs.byUuid(request.run);
  if (!run) {
    const text = `asked to ${request.kind} the run ${request.run}, which the state does not know`;
    context.story({ level: 'warning', text });
    return undefined;
  }
  if (decide(context, run, request)) {
    const text = `asked to ${request.kind} it: ${request.reason}`;
    context.story({ level: 'info', job: run.name, text });
  }
  return run.manifestFile;
}

/** What has that digest is held no more. */
export function approve(
  { store }: Context,
  { digest, reason, actor }: Extract<Request, { kind: 'approve' }>,
): void {
  store.approvals.add(digest, reason, { actor });
}

/** Called twice it does no more than once. @returns whether anything changed */
export function decide({ store, installation }: Context, run: Run, request: RunRequest): boolean {
  const { uuid } = run;
  const { kind, reason, actor, at } = request;
  const cause = { actor, detail: { askedAt: at } };
  switch (kind) {
    case 'cancel':
      return store.runs.requestCancel(uuid, reason, cause);
    case 'suspend':
    case 'resume':
      return store.runs.requestSuspend(uuid, kind === 'suspend', reason, cause);
    case 'rerun':
      return beginNext(store, installation, run, reason, cause);
  }
}
