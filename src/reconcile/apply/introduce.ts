/** Making every cluster that was reached a witness of how far the installation has come. */
import type { ClusterFacts } from '../../plan/facts.js';
import { TransportFailure } from '../../ports.js';
import { Exchange } from '../../protocol/script.js';
import type { Context } from '../context.js';
import { markOf } from '../memory.js';

const DEADLINE_MS = 60_000;

/**
 * Every cluster that was reached knows the number before the first claim on another: should the state be lost, or an old
 * one come back, while the claim's own cluster is away, the others are the witnesses. A claim brings the mark itself.
 * @param claimed keys of the sites that are claimed on
 */
export async function introduce(
  context: Context,
  mark: number,
  facts: ReadonlyMap<string, ClusterFacts>,
  claimed: ReadonlySet<string>,
  patienceMs: number,
): Promise<void> {
  const { lanes } = context;
  const witnesses = [...facts].filter(
    ([key, { reach }]) => reach.kind === 'reached' && (markOf(reach) ?? 0) < mark && !claimed.has(key),
  );
  for (const [key, { cluster }] of witnesses) {
    // It was asked in this pass, so that its agent, with its login, is there.
    const agent = context.agent({ key, cluster: cluster.name, credentials: [] });
    const work = new Exchange().call('mark', String(mark));
    lanes.remember(key, 'it is told how far the installation has come', async () => {
      await agent.send(work, { deadlineMs: DEADLINE_MS }).catch((error: unknown) => {
        // It has no claim of ours, and is asked again in the next pass that claims.
        if (!(error instanceof TransportFailure)) throw error;
      });
    });
  }
  // One that takes its time is as good a witness as one that is away.
  await lanes.settled(
    witnesses.map(([key]) => key),
    patienceMs,
  );
}
