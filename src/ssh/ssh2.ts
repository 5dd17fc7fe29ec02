import type ssh2 from 'ssh2';

export type Ssh2 = typeof ssh2;

/** Loaded when a connection is opened, so that commands without network do not pay for it. */
export async function loadSsh2(): Promise<Ssh2> {
  return (await import('ssh2')).default;
}
