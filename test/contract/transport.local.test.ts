import { createLocalTransport } from '../../src/local/transport.js';
import { transportContract } from './transport.contract.js';

transportContract('local', () =>
  Promise.resolve({ transport: () => createLocalTransport(), stop: () => Promise.resolve() }),
);
