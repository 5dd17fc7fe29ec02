/** What goes after the script of an exchange. */
import type { Readable } from 'node:stream';
import { BundleError, type BundleEntry, packEntries } from '../../bundle/pack.js';

/** The files of the attempts of an exchange; remembers which of them broke it off. */
export class Payload {
  readonly #entries: readonly BundleEntry[];
  broken: BundleError | undefined;

  constructor(entries: readonly BundleEntry[]) {
    this.#entries = entries;
  }

  asOption(): { readonly payload?: () => Readable } {
    if (this.#entries.length === 0) return {};
    return {
      payload: () => {
        const packed = packEntries(this.#entries);
        packed.on('error', (error) => {
          if (error instanceof BundleError) this.broken = error;
        });
        return packed;
      },
    };
  }

  /** Attempts that send the file that broke it off. */
  culprits(): ReadonlySet<string> {
    const { broken } = this;
    const sent = this.#entries.filter((entry) => entry.kind === 'file' && entry.from === broken?.file);
    return new Set(sent.map(({ path }) => path.slice(0, path.indexOf('/'))));
  }
}
