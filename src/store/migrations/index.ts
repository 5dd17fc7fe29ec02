import { initial } from './0001-initial.js';
import { outbox } from './0002-outbox.js';
import { clusterStatus } from './0003-cluster-status.js';
import { modules } from './0004-modules.js';
import { decisions } from './0005-decisions.js';
import { authors } from './0006-authors.js';
import { manifests } from './0007-manifests.js';
import { breakers } from './0008-breakers.js';
import { tasks } from './0009-tasks.js';
import { there } from './0010-there.js';
import { failovers } from './0011-failovers.js';

export interface Migration {
  /** From 1, without gaps: the version of the schema after it. */
  readonly number: number;
  readonly name: string;
  /** Statements, run in one transaction. A released migration is never edited: add the next. */
  readonly sql: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'initial', sql: initial },
  { number: 2, name: 'outbox', sql: outbox },
  { number: 3, name: 'cluster-status', sql: clusterStatus },
  { number: 4, name: 'modules', sql: modules },
  { number: 5, name: 'decisions', sql: decisions },
  { number: 6, name: 'authors', sql: authors },
  { number: 7, name: 'manifests', sql: manifests },
  { number: 8, name: 'breakers', sql: breakers },
  { number: 9, name: 'tasks', sql: tasks },
  { number: 10, name: 'there', sql: there },
  { number: 11, name: 'failovers', sql: failovers },
];
