import { createHash } from 'node:crypto';

/** Of a body as it is sent, byte for byte: a strong one. */
export function etagOf(body: string): string {
  return `"${createHash('sha1').update(body).digest('base64url')}"`;
}
