/** What an exchange told of the nodes, read with the words of their workload manager. */
import type { Asked } from '../model/observation.js';
import type { ClusterStatus } from '../model/status.js';
import type { WorkloadManager } from '../ports.js';
import type { Reply } from '../protocol/agent.js';
import { readStatus } from '../protocol/observation.js';

/**
 * @returns undefined when the exchange did not come to it, or broke off, so that nodes may be missing: then nothing is known,
 *   and nothing has failed
 */
export function statusIn(manager: WorkloadManager, reply: Reply): Asked<ClusterStatus> | undefined {
  const told = reply.complete ? readStatus(reply.frames) : undefined;
  if (!told) return undefined;
  const asked = manager.parseStatus(told.raw);
  if (asked.kind !== 'answered') return asked;
  return { kind: 'answered', value: { takenAt: told.takenAt, nodes: asked.value } };
}
