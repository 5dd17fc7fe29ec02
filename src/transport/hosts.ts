/** The login hosts of a cluster, one after the other. */
import type { Cluster } from '../model/cluster.js';
import { TransportFailure } from '../ports.js';

/**
 * Connects to the first host that answers, the one that did so last before the others. Only an unreachable one sends us to
 * the next: a refusal would be repeated there.
 * @throws {TransportFailure} misconfigured: there is no host; or what the last one that was tried said
 */
export async function firstThatAnswers<T>(
  cluster: Cluster,
  good: string | undefined,
  signal: AbortSignal,
  connect: (host: string) => Promise<T>,
): Promise<T> {
  const failures: TransportFailure[] = [];
  for (const host of hostsInOrder(cluster, good)) {
    try {
      return await connect(host);
    } catch (error) {
      if (signal.aborted || !(error instanceof TransportFailure) || error.kind !== 'unreachable') throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (failures.length === 1 && first) throw first;
  const words = failures.map((failure) => failure.message).join('; ');
  throw new TransportFailure('unreachable', words, { cause: first });
}

/** @throws {TransportFailure} misconfigured: there is none */
export function hostsInOrder({ name, hosts }: Cluster, good: string | undefined): readonly string[] {
  if (hosts.length === 0) {
    throw new TransportFailure('misconfigured', `cluster ${name} has no hostname. Add one in clusters.yaml.`);
  }
  return good === undefined ? hosts : [good, ...hosts.filter((host) => host !== good)];
}
