/** What happened, as machines get it. */
import type { StoredEvent } from '../store/events.js';

/** Keys are only ever added. Null: it has none. */
export interface EventView {
  readonly id: number;
  readonly at: string;
  readonly kind: string;
  readonly reason: string | null;
  readonly message: string;
  readonly job_uuid: string | null;
  readonly attempt: number | null;
  readonly cluster: string | null;
  readonly actor: string | null;
  /** That the job's manifest was read at, and its author; null where it comes from a directory. */
  readonly commit: string | null;
  readonly author: string | null;
  readonly detail: unknown;
}

export function toEvent(event: StoredEvent): EventView {
  return {
    id: event.id,
    at: new Date(event.at).toISOString(),
    kind: event.kind,
    reason: event.reason ?? null,
    message: event.message,
    job_uuid: event.runUuid ?? null,
    attempt: event.attempt ?? null,
    cluster: event.cluster ?? null,
    actor: event.actor ?? null,
    commit: event.commit ?? null,
    author: event.author ?? null,
    detail: event.detail ?? null,
  };
}
