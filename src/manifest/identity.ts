import { createHash } from 'node:crypto';

/**
 * Namespace of our UUIDs (RFC 9562, section 5.5), drawn at random once; changing it would make every run
 * a new one.
 */
export const NAMESPACE = '8f0d1c3e-5b7a-4e62-9d41-2a6c7be0f913';

/**
 * The run's `job_uuid`: version 5 of the JSON array [installation, name, run], with the generation when it
 * is above 0. Equal inputs give equal UUIDs, so that a lost database can be rebuilt from the clusters.
 */
export function jobUuid(installation: string, name: string, run: string, generation = 0): string {
  const words = generation > 0 ? [installation, name, run, generation] : [installation, name, run];
  return uuidV5(NAMESPACE, JSON.stringify(words));
}

/** Version 5: the first 128 bits of SHA-1 over namespace and name, with version and variant put in. */
export function uuidV5(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name);
  const bytes = hash.digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The attempt's name in the queue; attempts count from 1. */
export function token(name: string, uuid: string, attempt: number): string {
  return `${name.slice(0, 40)}.${uuid}.${attempt}`;
}
