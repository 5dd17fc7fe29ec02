import { readFileSync } from 'node:fs';

const KINDS = ['manifest', 'clusters', 'sluice', 'modules'] as const;
/** `schemas/` stands beside both `dist/` and `src/`. */
const FOLDER = new URL('../../../schemas/', import.meta.url);

/** Text of each schema by its file name, without what only this repository's tools want. */
export function schemaTexts(): Map<string, string> {
  return new Map(
    KINDS.map((kind) => [
      `${kind}.schema.json`,
      readFileSync(new URL(`${kind}.schema.json`, FOLDER), 'utf8'),
    ]),
  );
}
