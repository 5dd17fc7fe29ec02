/** From a manifest's text to the jobs that it asks for, and all that is wrong with it, in one go. */
import { basename } from 'node:path';
import { parseDocuments, type SourceDocument } from '../documents/parse.js';
import { sortProblems } from '../documents/problem.js';
import { decode } from '../documents/text.js';
import { validate, type Validated } from '../documents/validate.js';
import { valueDocument } from '../documents/value.js';
import type { JobSource, JobSpec, ModuleStages, Place, Problem } from '../model/job.js';
import { problem, type Draft, type ReadContext } from './draft.js';
import { executionPart, type ExecutionPart } from './execution-part.js';
import { manifestHint } from './hints.js';
import { classifyJob, type Classified } from './job-source.js';
import type { ManifestFile } from './manifest.generated.js';
import { readModules, type ReadModules } from './modules.js';
import { normalise } from './normalise.js';
import { RULES } from './rules/index.js';
import { distrust } from './trust.js';

/**
 * A manifest that is valid by itself; its hash still lacks the digests of the files that it sends
 * (see inputs.ts). Plain data: as JSON it may be kept and used again while its files are unchanged.
 */
export interface ReadManifest {
  readonly place: Place;
  readonly spec: JobSpec;
  /** What the hash covers of the manifest itself. */
  readonly execution: ExecutionPart;
  /** Other files that were read for it, absolute; it is stale when one of them changes. */
  readonly alsoRead: readonly string[];
}

export interface ReadResult {
  readonly manifests: readonly ReadManifest[];
  /** By place; errors and warnings. A document with an error is not among the manifests. */
  readonly problems: readonly Problem[];
}

/**
 * @param file absolute path; relative paths in the manifest start from its directory
 * @param text the file's content; it may have a byte order mark and CRLF line ends
 */
export function readManifestText(file: string, text: string, context: ReadContext): ReadResult {
  const { documents, problems } = parseDocuments(file, text);
  const full = documents.filter((document) => document.value !== null);
  if (full.length === 0 && problems.length === 0) return { manifests: [], problems: [empty(file)] };
  const results = full.map((document) => readDocument(document, full.length, context));
  return {
    manifests: results.flatMap((result) => result.manifests),
    problems: sortProblems([...problems, ...results.flatMap((result) => result.problems)]),
  };
}

/** Reads the file too; what cannot be read is a problem like any other. */
export function readManifestFile(file: string, context: ReadContext): ReadResult {
  let bytes: Uint8Array;
  try {
    bytes = context.files.read(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return {
      manifests: [],
      problems: [{ severity: 'error', file, message: `the file cannot be read: ${why}` }],
    };
  }
  const decoded = decode(file, bytes);
  if (!decoded.ok) return { manifests: [], problems: [decoded.problem] };
  return readManifestText(file, decoded.text, context);
}

function empty(file: string): Problem {
  const message = 'the file is empty; write a job into it, or delete it';
  return { severity: 'error', file, line: 1, column: 1, message };
}

/** What an earlier reading has accepted already: it is not looked at again, as the world may have changed since. */
export interface Accepted {
  readonly job?: JobSource;
  readonly modules?: ModuleStages;
  /** Other top-level keys whose values are the same as then. */
  readonly keys: ReadonlySet<string>;
}

const NOTHING: Accepted = { keys: new Set() };

/**
 * A whole job in a manifest's keys that stands in no file: what a module made of it. The same schema, the same rules.
 * @param place of the manifest that it came from; relative paths start from its directory
 */
export function readManifestValue(
  value: unknown,
  place: Place,
  context: ReadContext,
  accepted: Accepted = NOTHING,
): { readonly spec?: JobSpec; readonly problems: readonly Problem[] } {
  const { manifests, problems } = readDocument(valueDocument(value, place), 1, context, accepted);
  const spec = manifests[0]?.spec;
  return spec === undefined ? { problems } : { spec, problems };
}

function readDocument(
  document: SourceDocument,
  siblings: number,
  context: ReadContext,
  accepted: Accepted = NOTHING,
): ReadResult {
  const validated = validate(document, 'manifest', manifestHint);
  const draft = toDraft(document, validated, siblings, context);
  const named = validated.problems.map((each) => ({ ...each, job: draft.name }));
  if (validated.value === undefined) return { manifests: [], problems: named };
  const job: Classified =
    accepted.job === undefined ? classifyJob(draft.raw.job, draft) : { ok: true, source: accepted.job };
  const modules: ReadModules =
    accepted.modules === undefined
      ? readModules(draft)
      : { stages: accepted.modules, problems: [], files: [] };
  const problems = [
    ...named,
    ...jobProblems(draft, job),
    ...modules.problems,
    ...distrust(draft, job, modules),
    ...RULES.flatMap((rule) => rule(draft)).filter((each) => !accepted.keys.has(topOf(each))),
  ];
  if (!job.ok || document.flawed || problems.some((each) => each.severity === 'error'))
    return { manifests: [], problems };
  const spec = normalise(draft, { job: job.source, modules: modules.stages });
  const place = { file: document.file, document: document.index, ...document.position([]) };
  const manifest = { place, spec, execution: executionPart(spec, draft.raw), alsoRead: modules.files };
  return { manifests: [manifest], problems };
}

function topOf({ key = '' }: Problem): string {
  return /^[^.[]*/.exec(key)?.[0] ?? '';
}

function jobProblems(draft: Draft, job: Classified): Problem[] {
  if (!job.ok) return [badJob(draft, job.why, job.secret)];
  return job.warning === undefined ? [] : [problem(draft, ['job'], job.warning, { severity: 'warning' })];
}

function badJob(draft: Draft, why: string, secret = false): Problem {
  const { value, ...rest } = problem(draft, ['job'], `job: ${why}`);
  return secret || value === undefined ? rest : { ...rest, value };
}

function toDraft(
  document: SourceDocument,
  { value, cut }: Validated,
  siblings: number,
  context: ReadContext,
): Draft {
  // The schema has seen it: this is the edge where its type is vouched for.
  const raw = (value ?? {}) as ManifestFile;
  const stem = basename(document.file).replace(/\.ya?ml$/i, '');
  return { document, file: document.file, raw, cut, context, name: raw.name ?? stem, siblings };
}
