import { join } from 'node:path';

/** Names inside the state directory (`<dir>/.sluice`). */
export const stateFiles = {
  database: (directory: string) => join(directory, 'state.db'),
  lock: (directory: string) => join(directory, 'lock'),
  holder: (directory: string) => join(directory, 'holder.json'),
  lineage: (directory: string) => join(directory, 'lineage'),
  /** Copy of the database as it was before a migration from that version. */
  beforeMigration: (directory: string, version: number, at: number) =>
    join(directory, `state-v${version}-${at}.db`),
};
