/** What a failed connection means for the next attempt. Pure. */
import { TransportFailure, type TransportFailureKind } from '../ports.js';
import type { Target } from './target.js';

/** What is known of a connection that did not come about. */
export interface FailedConnect {
  readonly target: Target;
  /** The first fatal error; absent when the server just closed. */
  readonly error?: Error;
  /** What of the identities could not be used, and errors of the agent. */
  readonly notes: readonly string[];
  /** Methods that the server still wants after accepting our key. */
  readonly stillWanted: readonly string[];
}

/** SSH_DISCONNECT codes (RFC 4253 §11.1) by which a server refuses the login. */
const LOGIN_DISCONNECTS: readonly unknown[] = [2, 13, 14, 15];

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was reset in the handshake',
  EPIPE: 'the connection was closed in the handshake',
  ETIMEDOUT: 'no answer (timed out)',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'the network is unreachable',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name could not be looked up just now',
};

/** Turns what ssh2 reported into one of the kinds of the port. */
export function classify(failed: FailedConnect): TransportFailure {
  const { target, error } = failed;
  const address = `${target.user}@${target.hostname}:${String(target.port)}`;
  const kind = kindOf(failed);
  const options = error ? { cause: error } : undefined;
  return new TransportFailure(kind, words(kind, address, failed), options);
}

function kindOf({ error, stillWanted }: FailedConnect): TransportFailureKind {
  if (error === undefined) return 'unreachable';
  if (stillWanted.length > 0) return 'login-refused';
  const level = field(error, 'level');
  if (level === 'client-authentication') return 'login-refused';
  if (/too many authentication failures/i.test(error.message)) return 'login-refused';
  const code = field(error, 'code');
  if (typeof code === 'number' && code !== 2 && LOGIN_DISCONNECTS.includes(code)) return 'login-refused';
  if (/no matching (key exchange|C->S|S->C)/.test(error.message)) return 'misconfigured';
  return 'unreachable';
}

function words(kind: TransportFailureKind, address: string, failed: FailedConnect): string {
  const notes = failed.notes.length > 0 ? ` Not used: ${failed.notes.join('; ')}.` : '';
  if (kind === 'login-refused') {
    if (failed.stillWanted.length > 0) {
      return `${address} took our key and wants ${failed.stillWanted.join(', ')} besides, which ssh2 cannot give. Use transport: openssh for this cluster.`;
    }
    return `${address} refused the login: ${failed.error?.message ?? 'no reason given'}.${notes} Try: ssh -p ${String(failed.target.port)} ${failed.target.user}@${failed.target.hostname}`;
  }
  if (kind === 'misconfigured') {
    return `${address} and ssh2 have no algorithm in common (${failed.error?.message ?? ''}). Use transport: openssh for this cluster.`;
  }
  return `${address} cannot be reached: ${reason(failed.error)}`;
}

function reason(error: Error | undefined): string {
  if (error === undefined) {
    return 'it closed the connection during the login (too many connections, or an address that is blocked?)';
  }
  const code = field(error, 'code');
  const known = typeof code === 'string' ? NETWORK[code] : undefined;
  return known ?? (error.message === '' ? String(code) : error.message);
}

/** ssh2 puts `level` and `code` on its errors; their types say so only in part. */
export function field(error: Error, name: 'level' | 'code' | 'reason'): unknown {
  return Reflect.get(error, name);
}
