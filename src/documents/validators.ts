/** The schemas' compiled validators, loaded when first used: most commands need one or two of them. */
import type { ErrorObject } from 'ajv';
import { createRequire } from 'node:module';

export interface Validator {
  (value: unknown): boolean;
  errors?: readonly ErrorObject[] | null;
}

export type ValidatorName = 'manifest' | 'stages' | 'clusters' | 'sluice';

const FILES: Readonly<Record<ValidatorName, string>> = {
  manifest: 'manifest',
  stages: 'manifest',
  clusters: 'clusters',
  sluice: 'sluice',
};

const require = createRequire(import.meta.url);

/** Node's own module cache keeps it. */
export function validator(name: ValidatorName): Validator {
  const loaded: unknown = require(`../../schemas/compiled/${FILES[name]}.cjs`);
  const found = (loaded as Readonly<Record<string, Validator | undefined>>)[name];
  if (found === undefined)
    throw new Error(`schemas/compiled has no validator ${name}; run \`npm run generate\``);
  return found;
}
