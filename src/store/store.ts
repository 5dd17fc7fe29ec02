import { statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { ApprovalsTable } from './approvals.js';
import { WaitingTable } from './waiting.js';
import { AttemptsTable } from './attempts.js';
import { ClustersTable } from './clusters.js';
import type { Connection } from './connection.js';
import { DigestsCache } from './digests.js';
import { StoreError } from './errors.js';
import { EventsTable } from './events.js';
import type { HeldLock } from './lock.js';
import { ManifestsCache } from './manifests.js';
import { MetaTable } from './meta.js';
import { ModuleRunsTable } from './module-runs.js';
import { NewsTable } from './news.js';
import { OutboxTable } from './outbox.js';
import { OutputsTable } from './outputs.js';
import { Records } from './records.js';
import { RunsTable } from './runs.js';
import { Sql } from './sql.js';

/** `created`: there was no database. `absent`: there is none, and only reading was asked. `memory`: `state: none`. */
export type StoreOrigin = 'found' | 'created' | 'absent' | 'memory';

export interface StoreFacts {
  readonly directory: string | undefined;
  readonly origin: StoreOrigin;
  readonly readonly: boolean;
  readonly now: () => number;
}

/**
 * The state, open. One file of queries a table; each writing operation is a transaction of its own, or part of
 * the one that it is called in. Writes need the lease (`acquireLease`) and carry its fence number.
 */
export class Store {
  readonly directory: string | undefined;
  readonly origin: StoreOrigin;
  readonly readonly: boolean;
  readonly meta: MetaTable;
  readonly runs: RunsTable;
  readonly attempts: AttemptsTable;
  readonly records: Records;
  readonly approvals: ApprovalsTable;
  readonly waiting: WaitingTable;
  readonly events: EventsTable;
  readonly outputs: OutputsTable;
  readonly moduleRuns: ModuleRunsTable;
  readonly news: NewsTable;
  readonly outbox: OutboxTable;
  readonly manifests: ManifestsCache;
  readonly digests: DigestsCache;
  readonly clusters: ClustersTable;
  readonly #sql: Sql;
  readonly #now: () => number;
  readonly #inode: bigint | undefined;
  #fence: number | undefined;
  #lock: HeldLock | undefined;

  constructor(sql: Sql, facts: StoreFacts) {
    this.#sql = sql;
    this.#now = facts.now;
    this.directory = facts.directory;
    this.origin = facts.origin;
    this.readonly = facts.readonly;
    this.#inode = this.#inodeNow();
    const connection: Connection = { sql, now: facts.now, transaction: (work) => this.transaction(work) };
    this.meta = new MetaTable(connection);
    this.events = new EventsTable(connection);
    this.runs = new RunsTable(connection, this.events);
    this.attempts = new AttemptsTable(connection, this.events);
    this.approvals = new ApprovalsTable(connection);
    this.waiting = new WaitingTable(connection);
    this.records = new Records(sql, this.runs, this.attempts);
    this.outputs = new OutputsTable(connection);
    this.moduleRuns = new ModuleRunsTable(connection);
    this.news = new NewsTable(connection);
    this.outbox = new OutboxTable(connection);
    this.manifests = new ManifestsCache(connection);
    this.digests = new DigestsCache(connection);
    this.clusters = new ClustersTable(connection);
  }

  /** Path of the database, or `:memory:`. */
  get file(): string {
    return this.#sql.file;
  }

  /** Epoch milliseconds. */
  now(): number {
    return this.#now();
  }

  /** The fence number that writes carry; undefined without the lease. */
  get fence(): number | undefined {
    return this.#fence;
  }

  /**
   * BEGIN IMMEDIATE … COMMIT; within another one, a part of it. `work` is synchronous. Blocks for at most the
   * busy time-out (200 ms).
   * @throws {StoreError} `no-lease`, `fenced` (someone took the lease after us), `busy`.
   */
  transaction<T>(work: () => T): T {
    if (this.#fence === undefined) throw this.#withoutLease();
    if (this.#sql.inTransaction) return this.#sql.immediate(work);
    return this.#sql.immediate(() => {
      this.#refuseZombie();
      return work();
    });
  }

  /**
   * As {@link transaction}, asked again while another connection writes, with the event loop free between.
   * @param patienceMs how long, 10 s by default; then the last `busy` is thrown.
   */
  async transactionWhenFree<T>(work: () => T, patienceMs = 10_000, signal?: AbortSignal): Promise<T> {
    const deadline = performance.now() + patienceMs;
    for (let pause = 10; ; pause = Math.min(pause * 2, 250)) {
      try {
        return this.transaction(work);
      } catch (error) {
        if (!(error instanceof StoreError) || error.kind !== 'busy' || performance.now() >= deadline)
          throw error;
      }
      await wait(pause, undefined, signal === undefined ? {} : { signal });
    }
  }

  /**
   * Raises the fence number and carries it from now on. For the lease. The lock is kept here, so that it lives
   * as long as anyone can write; undefined where the state is in memory.
   */
  raiseFence(lock: HeldLock | undefined): number {
    if (this.readonly) throw this.#withoutLease();
    this.assertInPlace();
    this.#lock = lock;
    this.#fence = this.#sql.immediate(() => {
      this.#sql.run('UPDATE meta SET fence = fence + 1');
      return this.meta.fence();
    });
    return this.#fence;
  }

  /** No write succeeds after this, and the lock is free. For the lease. */
  dropFence(): void {
    this.#fence = undefined;
    this.#lock?.release();
    this.#lock = undefined;
  }

  /** @throws {StoreError} `replaced` when the file at our path is no longer the one we have open. */
  assertInPlace(): void {
    if (this.#inode === undefined || this.#inode === this.#inodeNow()) return;
    throw new StoreError(
      'replaced',
      `${this.file} was deleted or replaced while it was in use; nothing more is done. Start again: what is ` +
        `missing is rebuilt from the clusters.`,
    );
  }

  /** A copy in memory that may be written to, for what must leave no trace. */
  copy(): Store {
    const sql = new Sql(this.#sql.image(), { mustExist: false });
    const copy = new Store(sql, { directory: undefined, origin: 'memory', readonly: false, now: this.#now });
    copy.raiseFence(undefined);
    return copy;
  }

  /** Gives the lease back where it is held. */
  close(): void {
    this.dropFence();
    this.#sql.close();
  }

  #refuseZombie(): void {
    const stored = this.meta.fence();
    if (stored === this.#fence) return;
    throw new StoreError(
      'fenced',
      `${this.file} was taken over by another process (fence ${stored}, ours is ${this.#fence}); nothing was ` +
        `written. Stop this process.`,
    );
  }

  #withoutLease(): StoreError {
    return new StoreError('no-lease', `${this.file} is open without its lease; nothing was written`);
  }

  #inodeNow(): bigint | undefined {
    if (this.directory === undefined || this.file === ':memory:') return undefined;
    return statSync(this.file, { bigint: true, throwIfNoEntry: false })?.ino;
  }
}
