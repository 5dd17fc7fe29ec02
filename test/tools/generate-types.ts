/**
 * Writes what is derived from `schemas/*.schema.json`: the TypeScript types, and the compiled validators
 * (`schemas/compiled/*.cjs`), so that no command spends its start-up on compiling a schema.
 * `npm run generate` writes them; a test compares them with what lies there.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { compile } from 'json-schema-to-typescript';
import { format, resolveConfig } from 'prettier';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const BANNER = '/* Generated from schemas/ by `npm run generate`; edit the schema instead. */';

/** Each kind of file: its schema, the validators that it exports by name, and where its type goes. */
export const KINDS = [
  { kind: 'manifest', exports: { manifest: '', stages: '#/$defs/stages' }, types: 'src/manifest' },
  { kind: 'clusters', exports: { clusters: '' }, types: 'src/config' },
  { kind: 'sluice', exports: { sluice: '' }, types: 'src/config' },
] as const;

type Kind = (typeof KINDS)[number];
export interface Schema {
  readonly $id: string;
  readonly [key: string]: unknown;
}

export function readSchema(kind: string): Schema {
  return JSON.parse(readFileSync(resolve(root, `schemas/${kind}.schema.json`), 'utf8')) as Schema;
}

/** Path below the root → text, of all that is generated. */
export async function generateAll(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const kind of KINDS) {
    files.set(`${kind.types}/${kind.kind}.generated.ts`, await types(kind));
    files.set(`schemas/compiled/${kind.kind}.cjs`, await validators(kind));
  }
  return files;
}

async function types(kind: Kind): Promise<string> {
  const schema: unknown = inlined(readSchema(kind.kind));
  return compile(schema as Parameters<typeof compile>[0], kind.kind, {
    bannerComment: BANNER,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { printWidth: 110, singleQuote: true },
  });
}

/** json-schema-to-typescript knows `definitions`, and makes an index signature of `propertyNames`. */
function inlined(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replaceAll('#/$defs/', '#/definitions/')
    .replaceAll('"$defs":', '"definitions":');
  return JSON.parse(text) as unknown;
}

/** Without what only people and editors read. */
function lean(schema: Schema): Schema {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    key === 'examples' || (key === 'description' && typeof value === 'string') ? undefined : value,
  );
  return JSON.parse(text) as Schema;
}

async function validators(kind: Kind): Promise<string> {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    strictTypes: false,
    strictRequired: false,
    code: { source: true, lines: true },
    keywords: ['x-unit', 'patternErrorMessage'],
  });
  const schema = lean(readSchema(kind.kind));
  ajv.addSchema(schema);
  const refs: Record<string, string> = {};
  for (const [name, pointer] of Object.entries(kind.exports)) refs[name] = schema.$id + pointer;
  const code = standalone.default(ajv, refs);
  const options = (await resolveConfig(resolve(root, 'schemas/x.cjs'))) ?? {};
  return format(`/* eslint-disable */\n${BANNER}\n${code}`, { ...options, parser: 'babel' });
}

async function main(): Promise<void> {
  for (const [path, text] of await generateAll()) {
    mkdirSync(dirname(resolve(root, path)), { recursive: true });
    writeFileSync(resolve(root, path), text);
    process.stdout.write(`wrote ${path}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
