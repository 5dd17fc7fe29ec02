/** The rules between a manifest's keys, in the order in which they are asked. One subject a file. */
import type { Rule } from '../draft.js';
import { dependencies } from './dependencies.js';
import { destinations } from './destinations.js';
import { execution } from './execution.js';
import { identity } from './identity.js';
import { outputs } from './outputs.js';
import { resources } from './resources.js';
import { retries } from './retries.js';
import { login } from './login.js';

export const RULES: readonly Rule[] = [
  identity,
  login,
  destinations,
  execution,
  outputs,
  resources,
  retries,
  dependencies,
];
