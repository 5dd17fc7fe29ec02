/**
 * Manifests that programs write: a new file, or other values for some keys of one that is there. What is written is read
 * first, by the same reader as any manifest, so that nothing bad is ever saved.
 */
import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, parseAllDocuments, stringify } from 'yaml';
import { findFlaw } from '../documents/value.js';
import type { ReadContext } from '../manifest/draft.js';
import { readManifestText } from '../manifest/read.js';
import type { JobSpec, Problem } from '../model/job.js';
import type { Trust } from '../model/settings.js';

export interface EditContext {
  /** Absolute folders of the directory sources; new manifests come into the first. */
  readonly roots: readonly string[];
  readonly context: ReadContext;
  /** What those who write here may do beyond the usual. */
  readonly trust: readonly Trust[];
}

export type Fields = Readonly<Record<string, unknown>>;

/** A key and what is wrong with it, in a sentence. */
export type Fault = Pick<Problem, 'key' | 'message'>;

export type Edited =
  | { readonly kind: 'written' | 'unchanged'; readonly file: string; readonly spec: JobSpec }
  /** There is such a file. */
  | { readonly kind: 'exists'; readonly file: string }
  /** No directory source owns it. */
  | { readonly kind: 'not-ours'; readonly file: string; readonly why: string }
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] };

/** @param by who asks, for the line that says where the file came from */
export function createManifest(edit: EditContext, name: string, fields: Fields, by: string): Edited {
  const [root] = edit.roots;
  if (root === undefined)
    return { kind: 'not-ours', file: '', why: 'sluice.yaml names no directory as a source of manifests' };
  const file = join(root, `${name}.yaml`);
  const faults = [...faultsOf(edit, fields, file), ...nameFaults(name, fields)];
  if (faults.length > 0) return { kind: 'refused', faults };
  const text = `# Written over HTTP by ${by}.\n${stringify({ name, ...fields }, WRITING)}`;
  const read = readOne(edit, file, text, name);
  if ('faults' in read) return { kind: 'refused', faults: read.faults };
  return saveNew(file, text) ? { kind: 'written', file, spec: read.spec } : { kind: 'exists', file };
}

/**
 * Replaces whole top-level keys of one job's document; null takes a key out. Comments and all other keys stay.
 * @param file absolute; @param name of the job, as the manifest or the file's name gives it
 */
export function mergeManifest(edit: EditContext, file: string, name: string, fields: Fields): Edited {
  const why = whyNotOurs(edit, file);
  if (why !== undefined) return { kind: 'not-ours', file, why };
  const faults = [...faultsOf(edit, fields, file), ...nameFaults(name, fields)];
  if (faults.length > 0) return { kind: 'refused', faults };
  const before = readFileSync(file, 'utf8');
  const merged = mergedText(before, basename(file), name, fields);
  if (merged === undefined)
    return { kind: 'not-ours', file, why: `no document of ${file} is the job ${name} any more` };
  const known = new Set(errorsOf(readManifestText(file, before, edit.context).problems).map(wordsOf));
  const read = readOne(edit, file, merged, name, known);
  if ('faults' in read) return { kind: 'refused', faults: read.faults };
  if (merged === before) return { kind: 'unchanged', file, spec: read.spec };
  replace(file, merged);
  return { kind: 'written', file, spec: read.spec };
}

/** Whether the file is there and has the job; true also where its YAML cannot be read, and so nobody can tell. */
export function holdsJob(file: string, name: string): boolean {
  try {
    const documents = documentsIn(readFileSync(file, 'utf8'));
    return (
      documentOf(documents, file, name) !== undefined || documents.some(({ errors }) => errors.length > 0)
    );
  } catch {
    return false;
  }
}

const WRITING = { aliasDuplicateObjects: false, lineWidth: 0 } as const;

// ---------------------------------------------------------------------------- what is refused

function nameFaults(name: string, { name: written }: Fields): Fault[] {
  if (written === undefined || written === name) return [];
  return [
    {
      key: 'name',
      message: `the job is ${name}; a job keeps its name (a new one is another job, with "previously")`,
    },
  ];
}

/** What may not come over HTTP, whatever a manifest of one's own may say. */
function faultsOf({ roots, trust }: EditContext, fields: Fields, file: string): Fault[] {
  const flaw = findFlaw(fields);
  if (flaw !== undefined) return [{ key: flaw.path.join('.'), message: flaw.why }];
  const { passphrase, private_key: key, modules } = fields;
  const faults: Fault[] = [];
  const refuse = (at: string, message: string): void => void faults.push({ key: at, message });
  if (typeof passphrase === 'string')
    refuse('passphrase', 'a secret is never sent here; name where it is, as {"env": "NAME"}');
  if (typeof key === 'string' && /PRIVATE KEY|\n/.test(key))
    refuse('private_key', 'it is the path of a key, never the key itself');
  for (const word of ['username', 'private_key', 'passphrase'] as const)
    if (fields[word] !== undefined && fields[word] !== null && !trust.includes(word))
      if (!faults.some((each) => each.key === word)) refuse(word, untrusted(word, word));
  if (typeof modules === 'string' && !isInside(roots, resolve(dirname(file), modules)))
    refuse('modules', `${JSON.stringify(modules)} is outside ${roots.join(', ')}; write the stages inline`);
  return faults;
}

function untrusted(what: string, word: Trust): string {
  return `${what} is not taken over HTTP; to allow it, add "trust: [${word}]" below "http:" in sluice.yaml`;
}

function specFaults({ roots, trust }: EditContext, { job, modules }: JobSpec): Fault[] {
  const faults: Fault[] = [];
  if (modules !== undefined && modules.staging.length > 0 && !trust.includes('staging_modules'))
    faults.push({
      key: 'modules',
      message: untrusted('a staging module, which is a command run here,', 'staging_modules'),
    });
  const isLocal = job.kind === 'file' || job.kind === 'directory';
  if (isLocal && !trust.includes('outside_jobs') && !isInside(roots, job.path))
    faults.push({
      key: 'job',
      message: untrusted(`a job outside ${roots.join(', ')} (${job.path})`, 'outside_jobs'),
    });
  // A repository on this machine would be read with the rights of whoever runs the daemon.
  if (job.kind === 'git' && /^file:/i.test(job.url) && !trust.includes('outside_jobs'))
    faults.push({ key: 'job', message: untrusted('a repository on this machine', 'outside_jobs') });
  return faults;
}

/** Links followed: a link out of the tree is outside. */
function isInside(roots: readonly string[], path: string): boolean {
  const found = realOf(path);
  return found !== undefined && roots.some((root) => isBelow(realOf(root), found));
}

function isBelow(root: string | undefined, path: string): boolean {
  if (root === undefined) return false;
  const inside = relative(root, path);
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${sep}`) && !inside.startsWith(sep);
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function whyNotOurs({ roots }: EditContext, file: string): string | undefined {
  const found = realOf(file);
  if (found === undefined) return `${file} is not there any more`;
  if (!roots.some((root) => isBelow(realOf(root), found)))
    return `no directory source of sluice.yaml owns ${file}; edit it there`;
  const isLink = found !== join(realOf(dirname(file)) ?? '', basename(file));
  return isLink ? `${file} is a link to ${found}; edit it there` : undefined;
}

// ---------------------------------------------------------------------------- reading what will be written

/** @param known words of errors that stood there before, of other documents */
function readOne(
  edit: EditContext,
  file: string,
  text: string,
  name: string,
  known: ReadonlySet<string> = new Set(),
): { readonly spec: JobSpec } | { readonly faults: readonly Fault[] } {
  const { manifests, problems } = readManifestText(file, text, edit.context);
  const errors = errorsOf(problems).filter((each) => each.job === name || !known.has(wordsOf(each)));
  if (errors.length > 0)
    return { faults: errors.map(({ key, message }) => (key === undefined ? { message } : { key, message })) };
  const spec = manifests.find((each) => each.spec.name === name)?.spec;
  if (spec === undefined) return { faults: [{ key: 'name', message: `no job ${name} can be read of it` }] };
  const faults = specFaults(edit, spec);
  return faults.length > 0 ? { faults } : { spec };
}

function errorsOf(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter(({ severity }) => severity === 'error');
}

function wordsOf({ key, message }: Problem): string {
  return `${key ?? ''} ${message}`;
}

function documentsIn(text: string): readonly Document.Parsed[] {
  const options = { version: '1.2', logLevel: 'silent' } as const;
  return parseAllDocuments(text, options).filter((each) => 'contents' in each);
}

function documentOf(
  documents: readonly Document.Parsed[],
  file: string,
  name: string,
): Document.Parsed | undefined {
  const full = documents.filter(({ contents }) => isMap(contents));
  const stem = basename(file).replace(/\.ya?ml$/i, '');
  return full.find((each) => (each.get('name') ?? (full.length === 1 ? stem : undefined)) === name);
}

/** @returns undefined where no document is that job */
function mergedText(text: string, file: string, name: string, fields: Fields): string | undefined {
  const documents = documentsIn(text);
  const target = documentOf(documents, file, name);
  if (target === undefined || documents.some(({ errors }) => errors.length > 0)) return undefined;
  const before: unknown = target.toJS();
  for (const [key, value] of Object.entries(fields)) {
    if (value === null) target.delete(key);
    else if (!isDeepStrictEqual(at(before, key), value)) target.set(key, target.createNode(value));
  }
  if (isDeepStrictEqual(before, target.toJS())) return text;
  return documents
    .map((each, index) => {
      if (index > 0) each.directives.docStart = true;
      return each.toString(WRITING);
    })
    .join('');
}

function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Fields)[key]
    : undefined;
}

// ---------------------------------------------------------------------------- writing

/** Whole or not at all, and over nothing. @returns false where there is such a file */
function saveNew(file: string, text: string): boolean {
  const beside = writeBeside(file, text, 0o644);
  try {
    linkSync(beside, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(beside, { force: true });
  }
}

function replace(file: string, text: string): void {
  const beside = writeBeside(file, text, statSync(file).mode & 0o777);
  try {
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Hidden, so that no source reads it. */
function writeBeside(file: string, text: string, mode: number): string {
  const beside = join(dirname(file), `.${basename(file)}.${randomUUID()}.tmp`);
  writeFileSync(beside, text, { mode, flag: 'wx', flush: true });
  return beside;
}
