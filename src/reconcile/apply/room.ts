/**
 * Files that find no place on the cluster. A full disk or a spent quota: what was to be begun there waits, or goes elsewhere
 * where nothing of it is. Anything else that keeps them from being unpacked is said, and tried again.
 */
import type { Context } from '../context.js';
import type { Share } from './share.js';
import type { ClusterAction, ExchangeReport, TokenReport } from './exchange.js';
import { endUnsent } from './record.js';

/** As long as the same keeps them by the clock, they are sent again without a person. */
const PATIENCE_MS = 30 * 60_000;
const NO_ROOM = /no space left|quota exceeded/i;

export function recordNoRoom(
  context: Context,
  share: Share,
  actions: readonly ClusterAction[],
  report: ExchangeReport,
): void {
  const words = report.faults.find((fault) => NO_ROOM.test(fault));
  // The mark is the first that is written: without it nothing else was.
  const nothingDone = words?.startsWith('mark ') ?? false;
  const begun = actions.filter(({ kind }) => kind === 'stage' || kind === 'steps' || kind === 'submit');
  const firsts = new Map(begun.toReversed().map((action) => [action.token, action]));
  context.store.transaction(() => {
    for (const [token, action] of firsts) {
      const said = report.tokens.get(token);
      const why = [said?.unclaimed, words].find((each) => each !== undefined && NO_ROOM.test(each));
      if (why === undefined || wentOn(said, action)) continue;
      const message = `${share.agent.cluster.name} has no room for it: ${why}`;
      const fresh = action.kind === 'stage' && action.fresh;
      if (fresh && (nothingDone || said?.unclaimed !== undefined)) {
        endUnsent(context, action.uuid, action.attempt, message, 'NoRoom');
        context.store.runs.update(action.uuid, { phase: 'Pending', reason: 'NoRoom', message });
      } else {
        context.store.runs.update(action.uuid, { reason: 'NoRoom', message });
      }
      context.story({ level: 'warning', job: action.name, text: message });
    }
  });
}

/** It came further than this action, whatever else had no room. */
function wentOn(said: TokenReport | undefined, { kind }: ClusterAction): boolean {
  if (!said) return false;
  return (
    said.jobId !== undefined ||
    said.refusal !== undefined ||
    said.stepping ||
    (kind === 'stage' && said.placed)
  );
}

/** Claimed, and its files are not in place though there was room. @returns whether that is what the exchange came to */
export function recordNotUnpacked(
  { clock, store, story }: Context,
  share: Share,
  actions: readonly ClusterAction[],
  report: ExchangeReport,
): boolean {
  const words = report.faults.find((fault) => fault.startsWith('place ') && !NO_ROOM.test(fault));
  if (words === undefined) return false;
  const { name } = share.agent.cluster;
  // Without the name of this one exchange, so that the same is the same.
  const why = words.slice('place '.length).replaceAll(/(\/\.staging)\/[0-9a-f]+/g, '$1');
  const message = `its files could not be unpacked on ${name}: ${why}`;
  store.transaction(() => {
    for (const action of actions) {
      const said = report.tokens.get(action.token);
      if (action.kind !== 'stage' || said?.claimed !== true || said.placed) continue;
      const before = store.runs.byUuid(action.uuid);
      const isSame = before?.reason === 'UnpackFailed' && before.message === message;
      const lasts = isSame && clock.now() - before.updatedAt >= PATIENCE_MS;
      store.runs.update(action.uuid, {
        reason: 'UnpackFailed',
        message,
        ...(lasts ? { phase: 'Blocked' } : {}),
      });
      if (!isSame || lasts) story({ level: 'warning', job: action.name, text: message });
    }
  });
  return true;
}
