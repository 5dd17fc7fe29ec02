import { StoreError } from './errors.js';
import { integer, optionalText } from './rows.js';
import type { Row } from './sql.js';
import type { Connection } from './connection.js';

/** The one row about the state as a whole. */
export class MetaTable {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The installation that this state belongs to; undefined until {@link bind}. */
  installation(): string | undefined {
    return optionalText(this.#row(), 'installation');
  }

  /** The lineage number that this database knows; 0 before the first submission. */
  number(): number {
    return integer(this.#row(), 'number');
  }

  fence(): number {
    return integer(this.#row(), 'fence');
  }

  /**
   * Why the state is being rebuilt from the clusters; undefined when it is whole. Kept here because a rebuilding
   * may have to wait for a cluster over many passes and restarts.
   */
  recovery(): string | undefined {
    return optionalText(this.#row(), 'recovery');
  }

  beginRecovery(why: string): void {
    this.#connection.transaction(() => this.#connection.sql.run('UPDATE meta SET recovery = ?', why));
  }

  endRecovery(): void {
    this.#connection.transaction(() => this.#connection.sql.run('UPDATE meta SET recovery = NULL'));
  }

  /** Never lowers it. */
  raiseNumber(number: number): void {
    this.#connection.transaction(() =>
      this.#connection.sql.run('UPDATE meta SET number = max(number, ?)', number),
    );
  }

  /** Ties the state to the installation. @throws {StoreError} `installation` when it is another's. */
  bind(installation: string): void {
    const known = this.installation();
    if (known === installation) return;
    if (known !== undefined)
      throw new StoreError(
        'installation',
        `${this.#connection.sql.file} belongs to installation ${known}, not to ${installation}. Put ` +
          `"installation: ${known}" into sluice.yaml, or move the state directory away.`,
      );
    this.#connection.transaction(() =>
      this.#connection.sql.run('UPDATE meta SET installation = ?', installation),
    );
  }

  #row(): Row {
    const row = this.#connection.sql.get(
      'SELECT installation, number, fence, recovery FROM meta WHERE id = 1',
    );
    if (row === undefined) throw new StoreError('corrupt', `${this.#connection.sql.file} has no meta row`);
    return row;
  }
}
