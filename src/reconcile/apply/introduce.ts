/** Making the installation known to clusters that have never heard of it. */
import type { ClusterFacts } from '../../plan/facts.js';
import { TransportFailure } from '../../ports.js';
import { Exchange } from '../../protocol/script.js';
import type { Context } from '../context.js';

const DEADLINE_MS = 60_000;

/**
 * Every cluster that was reached knows the installation before the first claim on another: should the state be lost
 * while the claim's own cluster is away, the others are the witnesses. Once a cluster; a claim brings the mark itself.
 * @param claimed keys of the sites that are claimed on
 */
export async function introduce(
  context: Context,
  mark: number,
  facts: ReadonlyMap<string, ClusterFacts>,
  claimed: ReadonlySet<string>,
): Promise<void> {
  const strangers = [...facts].filter(
    ([key, { reach }]) =>
      reach.kind === 'reached' && reach.observation.hello.mark === undefined && !claimed.has(key),
  );
  await Promise.all(
    strangers.map(async ([key, { cluster }]) => {
      // It was asked in this pass, so that its agent, with its login, is there.
      const agent = context.agent({ key, cluster: cluster.name, login: {} });
      const work = new Exchange().call('mark', String(mark));
      await agent.send(work, { deadlineMs: DEADLINE_MS }).catch((error: unknown) => {
        // It has no claim of ours, and is asked again in the next pass that claims.
        if (!(error instanceof TransportFailure)) throw error;
      });
    }),
  );
}
