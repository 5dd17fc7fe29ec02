import type { TransportCounts } from '../ports.js';

/** Counts what a transport does. Bytes are those of the channels, without the wire's own overhead. */
export class Meter {
  #connections = 0;
  #roundTrips = 0;
  #bytesUp = 0;
  #bytesDown = 0;

  connection(): void {
    this.#connections += 1;
  }
  roundTrip(): void {
    this.#roundTrips += 1;
  }
  up(bytes: number): void {
    this.#bytesUp += bytes;
  }
  down(bytes: number): void {
    this.#bytesDown += bytes;
  }

  /** The counts as they stand now. */
  read(): TransportCounts {
    return {
      connections: this.#connections,
      roundTrips: this.#roundTrips,
      bytesUp: this.#bytesUp,
      bytesDown: this.#bytesDown,
    };
  }
}
