import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { validator, type ValidatorName } from '../../src/documents/validators.js';
import { generateAll, readSchema, root } from '../tools/generate-types.js';

it('what is generated from the schemas is fresh (npm run generate)', async () => {
  for (const [path, text] of await generateAll()) {
    expect(readFileSync(resolve(root, path), 'utf8'), path).toBe(text);
  }
}, 60_000);

it.each(['manifest', 'clusters', 'sluice'] as const satisfies readonly ValidatorName[])(
  'the examples of the schema %s are valid',
  (kind) => {
    const { examples } = readSchema(kind);
    expect(Array.isArray(examples) && examples.length > 0).toBe(true);
    for (const example of examples as unknown[]) expect(validator(kind)(example)).toBe(true);
  },
);

it('every key has a description', () => {
  const { properties } = readSchema('manifest') as unknown as {
    properties: Record<string, Record<string, unknown>>;
  };
  for (const [key, schema] of Object.entries(properties)) {
    expect('description' in schema || '$ref' in schema, key).toBe(true);
  }
});
