/** What people decide of a run is committed here, with its event: their own writer's, or what others have asked it for. */
import type { Run } from '../model/run.js';
import type { Door } from '../requests/door.js';
import type {
  ApproveRequest,
  ReportRequest,
  Request,
  RunRequest,
  StatusRequest,
} from '../requests/request.js';
import type { Context } from './context.js';
import { beginNext } from './generations.js';
import { resolve } from './resolve.js';
import { mailOwner } from './owners.js';

export interface TakenUp {
  /** Manifests' files of the runs that are to be looked at: they are in the scope of the passes from now on. */
  readonly files: readonly string[];
  /** Requests that leave when the pass is over. */
  readonly passes: readonly string[];
}

/** Under the lease, at the beginning of a pass. Each request is committed, with its event, before its file leaves. */
export function takeUp(context: Context, door: Door): TakenUp {
  const files: string[] = [];
  const passes: string[] = [];
  if (context.store.fence === undefined) return { files, passes };
  for (const { id, request } of door.waiting()) {
    if (request === undefined) {
      const aside = door.setAside(id);
      context.story({ level: 'warning', text: `a request was not understood; it is kept as ${aside}` });
    } else if (request.kind === 'pass') passes.push(id);
    else {
      const file = carryOut(context, id, request);
      door.done(id);
      if (file !== undefined) files.push(file);
    }
  }
  return { files, passes };
}

/** @returns the manifest's file of a run that is to be looked at now */
function carryOut(
  context: Context,
  id: string,
  request: Exclude<Request, { kind: 'pass' }>,
): string | undefined {
  switch (request.kind) {
    case 'approve':
      approve(context, request);
      return undefined;
    case 'report':
      passOn(context, id, request);
      return undefined;
    case 'status':
      keepStatus(context, request);
      return undefined;
    default:
      return takeUpWord(context, request);
  }
}

function takeUpWord(context: Context, request: RunRequest): string | undefined {
  const run = knownRun(context, request.kind, request.run);
  if (!run) return undefined;
  if (decide(context, run, request)) {
    const text = `asked to ${request.kind} it: ${request.reason}`;
    context.story({ level: 'info', job: run.name, text });
  }
  return run.manifestFile;
}

/** What has that digest is held no more. */
export function approve({ store }: Context, { digest, reason, actor }: ApproveRequest): void {
  store.approvals.add(digest, reason, { actor });
}

/** Called twice it does no more than once. @returns whether anything changed */
export function decide({ store, installation }: Context, run: Run, request: RunRequest): boolean {
  const { uuid } = run;
  const { reason } = request;
  const cause = causeOf(request);
  switch (request.kind) {
    case 'cancel':
      return store.runs.requestCancel(uuid, reason, cause);
    case 'suspend':
      return store.runs.requestSuspend(uuid, true, reason, cause);
    case 'resume': {
      const isFollowed = store.runs.setForgotten(uuid, false, reason, cause);
      return store.runs.requestSuspend(uuid, false, reason, cause) || isFollowed;
    }
    case 'forget':
      return store.runs.setForgotten(uuid, true, reason, cause);
    case 'resolve':
      return resolve(store, run, request, cause);
    case 'rerun':
      return beginNext(store, installation, run, reason, cause, request.failedTasks);
  }
}

/** The event and the mail are one transaction, and the mail bears the request's name: it is written once. */
function passOn(context: Context, id: string, request: ReportRequest): void {
  const { store } = context;
  const run = knownRun(context, 'report on', request.run);
  const record = run && store.records.byUuid(run.uuid);
  if (!record) return;
  const { report } = request;
  store.transaction(() => {
    const mailed = mailOwner(context, record, report, `request ${id}`);
    if (mailed === 'before') return;
    const what = report.kind === 'state' ? `is reported as ${report.text}` : `is reported: ${report.text}`;
    const message = `${what}${mailed === 'written' ? '' : '; nobody was mailed'}`;
    store.events.append({ kind: 'report', runUuid: record.run.uuid, message, ...causeOf(request) });
  });
}

function keepStatus({ store }: Context, request: StatusRequest): void {
  const { cluster, status, at } = request;
  store.transaction(() => {
    store.clusters.patch(cluster, { reported: { at, status } });
    store.events.append({
      kind: 'cluster',
      cluster,
      message: 'a status was reported',
      ...causeOf(request),
    });
  });
}

function causeOf({ actor, at }: Request): { readonly actor: string; readonly detail: unknown } {
  return { actor, detail: { askedAt: at } };
}

function knownRun({ store, story }: Context, what: string, uuid: string): Run | undefined {
  const run = store.runs.byUuid(uuid);
  if (!run)
    story({ level: 'warning', text: `asked to ${what} the run ${uuid}, which the state does not know` });
  return run;
}
