/** Who calls a webhook: known by a secret that is shared with the forge, and by no user's credentials. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a call has to show for itself. */
export type Proof =
  /** HMAC-SHA256 of the body as it came: GitHub, Gitea, Forgejo. */
  | { readonly kind: 'signature'; readonly digest: Buffer }
  /** The secret itself: GitLab. */
  | { readonly kind: 'token'; readonly token: string };

/** @returns undefined where there is none, or none that can be read */
export function proofOf(header: (name: string) => string | undefined): Proof | undefined {
  const signature = header('x-hub-signature-256');
  if (signature !== undefined) {
    const hex = /^sha256=([0-9a-f]{64})$/i.exec(signature)?.[1];
    return hex === undefined ? undefined : { kind: 'signature', digest: Buffer.from(hex, 'hex') };
  }
  const token = header('x-gitlab-token');
  return token === undefined ? undefined : { kind: 'token', token };
}

export function isSigned(body: Buffer, digest: Buffer, secret: string): boolean {
  return timingSafeEqual(createHmac('sha256', secret).update(body).digest(), digest);
}

const KEY = randomBytes(32);
const digestOf = (text: string): Buffer => createHmac('sha256', KEY).update(text).digest();

/** Takes as long for every token, whatever of it is right, and however long it is. */
export function isSecret(token: string, secret: string): boolean {
  return timingSafeEqual(digestOf(token), digestOf(secret));
}
