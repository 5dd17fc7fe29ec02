/** This machine as a cluster of one node: its own part of the wrapper tells it in the three words that it needs. */
import { parseNodes } from '../evidence/node-rows.js';
import type { Asked } from '../model/observation.js';
import type { ClusterStatus } from '../model/status.js';
import type { RawAnswer } from '../ports.js';

export function parseStatus(raw: RawAnswer): Asked<ClusterStatus['nodes']> {
  return parseNodes('this machine', raw, (state) => {
    const kind = state === 'idle' || state === 'mixed' || state === 'allocated' ? state : 'unknown';
    return { state, flags: [], kind };
  });
}
