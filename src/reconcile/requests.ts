/** At the beginning of a pass the writer takes up what others have asked for meanwhile. */
import type { Door } from '../requests/door.js';
import type { CancelRequest, ReportRequest, Request, StatusRequest } from '../requests/request.js';
import type { Run } from '../model/run.js';
import type { Context } from './context.js';
import { mailOwner } from './owners.js';

export interface TakenUp {
  /** Manifests' files of the runs that are to be looked at: they are in the scope of the passes from now on. */
  readonly files: readonly string[];
  /** Requests that leave when the pass is over. */
  readonly passes: readonly string[];
}

/** Under the lease. Each request is committed, with its event, before its file leaves. */
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
    case 'cancel':
      return cancel(context, request);
    case 'report':
      passOn(context, id, request);
      return undefined;
    case 'status':
      keepStatus(context, request);
      return undefined;
  }
}

function cancel(context: Context, request: CancelRequest): string | undefined {
  const run = knownRun(context, 'cancel', request.run);
  if (!run) return undefined;
  const taken = context.store.runs.requestCancel(run.uuid, request.reason, causeOf(request));
  if (taken) {
    const text = `asked to cancel it: ${request.reason}`;
    context.story({ level: 'info', job: run.name, text });
  }
  return run.manifestFile;
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
