/**
 * Manifests from a directory: what is wanted. Unchanged files are known by their stamp and not parsed; a change of a
 * file that a job sends counts as a change of the job.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FileStat } from '../documents/files.js';
import { HASH_VERSION } from '../manifest/hash.js';
import { jobUuid } from '../manifest/identity.js';
import { completeManifest, type DigestCache } from '../manifest/inputs.js';
import type { ReadContext } from '../manifest/draft.js';
import { readManifestFile } from '../manifest/read.js';
import type { JobSource, JobSpec, Place, Problem } from '../model/job.js';
import { type FileStamp, sameStamp } from '../store/stamp.js';
import type { KnownDigest } from '../store/digests.js';
import type { Store } from '../store/store.js';
import { fingerprint } from './fingerprint.js';
import { type Desired, type Part, type PartJob, together, unreadPart } from './part.js';

export interface DirectorySource {
  /** Absolute. */
  readonly root: string;
  readonly installation: string;
  readonly modulesDirectory: string;
  readonly context: ReadContext;
  readonly store: Store;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Where it is no directory of this machine. */
  readonly elsewhere?: Elsewhere;
}

/** Manifests that are read through `context.files` under paths that only these know. */
export interface Elsewhere {
  /** In name order. */
  readonly list: () => readonly string[];
  /** A path as a person knows it. */
  readonly shown: (path: string) => string;
  /** Words with the paths in them as a person knows them. */
  readonly told: (words: string) => string;
  /** The job's files, where they can be sent from. */
  readonly placed: (job: JobSource) => JobSource;
}

/** What a document says beside its hash, kept as the cache's opaque `inputs`. */
interface Extract {
  /** Paths that the hash depends on, with their fingerprints. */
  readonly inputs: readonly (readonly [path: string, fingerprint: string])[];
  readonly previously?: string;
  readonly dependsOn: JobSpec['dependsOn'];
  readonly suspend: boolean;
  readonly onEdit: JobSpec['onEdit'];
  readonly onDelete: JobSpec['onDelete'];
  /** A directory that is sent: YAML in it is the job's, not ours. */
  readonly jobDirectory?: string;
}

interface Document {
  readonly place: Place;
  readonly name: string;
  readonly run: string;
  readonly uuid: string;
  readonly hash: string;
  readonly extract: Extract;
  readonly spec: () => JobSpec;
  readonly specJson?: string;
}

interface FileRead {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly readAt: number;
  readonly documents: readonly Document[];
  readonly problems: readonly Problem[];
  readonly cached: boolean;
}

/** One directory alone. */
export function readDirectory(source: DirectorySource): Desired {
  return together([readPart(source)], source.store);
}

export function readPart(source: DirectorySource): Part {
  const { elsewhere } = source;
  const listed = elsewhere === undefined ? listManifests(source.root) : elsewhere.list();
  if (typeof listed === 'string') return unreadPart(source.root, listed);
  const reader = readerName(source);
  const cache = source.store.manifests.load(reader);
  const learnt: KnownDigest[] = [];
  const files = listed.flatMap((path) => readOne(source, path, cache.get(path), learnt) ?? []);
  const mine = withoutSent(files);
  const fresh = files.filter((file) => !file.cached);
  const there = new Set(listed);
  // A file with an error is read again each time: what is missing may come without the file itself changing.
  const [bad, good] = [fresh.filter(hasError), fresh.filter((file) => !hasError(file))];
  const gone = [...cache.keys()].filter((path) => !there.has(path) && path.startsWith(`${source.root}/`));
  return {
    jobs: mine.flatMap((file) => file.documents.map((document) => toJob(document, elsewhere))),
    invalid: mine.flatMap(({ problems }) => problems.flatMap((each) => each.job ?? [])),
    problems: mine.flatMap((file) => file.problems.map((problem) => toldOf(problem, elsewhere))),
    complete: true,
    parsed: fresh.length,
    remember: () => {
      source.store.digests.put(learnt);
      source.store.manifests.save(reader, good.map(toCached), [...gone, ...bad.map((file) => file.path)]);
    },
  };
}

function toldOf(problem: Problem, elsewhere: Elsewhere | undefined): Problem {
  if (elsewhere === undefined) return problem;
  return { ...problem, file: elsewhere.shown(problem.file), message: elsewhere.told(problem.message) };
}

function hasError({ problems }: FileRead): boolean {
  return problems.some((problem) => problem.severity === 'error');
}

/** Files that are manifests: `*.yaml` and `*.yml`, not hidden, in name order. @returns a sentence where there are none to list. */
export function listManifests(root: string): readonly string[] | string {
  try {
    const entries = readdirSync(root, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => !entry.isDirectory() && /\.ya?ml$/i.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.slice(root.length).includes('/.'))
      .sort();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT') return 'there is no such directory; "sluice init" makes a start';
    return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Another reader, another installation or another inventory reads the same text differently. */
function readerName(source: DirectorySource): string {
  const clusters = source.context.clusters ? [...source.context.clusters] : [];
  const facts = JSON.stringify(['3', HASH_VERSION, source.installation, source.modulesDirectory, clusters]);
  return createHash('sha256').update(facts).digest('hex');
}

type CachedFile = ReturnType<Store['manifests']['load']> extends Map<string, infer F> ? F : never;

function readOne(
  source: DirectorySource,
  path: string,
  cached: CachedFile | undefined,
  learnt: KnownDigest[],
): FileRead | undefined {
  const stat = source.context.files.stat(path);
  if (stat?.kind !== 'file') return undefined;
  const stamp: FileStamp = { ...stat, ino: BigInt.asIntN(64, stat.ino) };
  const kept = cached && sameStamp(cached.stamp, stamp) ? fromCache(source, cached, stamp) : undefined;
  return kept ?? parseOne(source, path, stamp, learnt);
}

/** @returns undefined when a file that one of its jobs sends has changed. */
function fromCache(source: DirectorySource, cached: CachedFile, stamp: FileStamp): FileRead | undefined {
  const documents: Document[] = [];
  for (const each of cached.documents) {
    const { document, line, column, name, run, uuid, hash, inputs } = each;
    if (
      name === undefined ||
      run === undefined ||
      uuid === undefined ||
      hash === undefined ||
      inputs === undefined
    )
      continue;
    // What toCached wrote; the reader's name changes when its shape does.
    const extract = JSON.parse(inputs) as Extract;
    if (extract.inputs.some(([path, print]) => fingerprint(source.context.files, path) !== print))
      return undefined;
    const place: Place = { file: cached.path, document, line, column };
    const spec = (): JobSpec => readSpec(source, cached.path, document);
    documents.push({ place, name, run, uuid, hash, extract, spec });
  }
  const problems = [...cached.problems, ...cached.documents.flatMap((each) => each.problems)];
  return { path: cached.path, stamp, readAt: 0, documents, problems, cached: true };
}

function readSpec(source: DirectorySource, path: string, document: number): JobSpec {
  const text = source.store.manifests.specJson(path, document);
  if (text === undefined)
    throw new Error(`${path} left the cache while it was being planned with; run again`);
  return JSON.parse(text) as JobSpec;
}

function parseOne(source: DirectorySource, path: string, stamp: FileStamp, learnt: KnownDigest[]): FileRead {
  const readAt = source.now();
  const read = readManifestFile(path, source.context);
  const problems: Problem[] = [...read.problems];
  const documents: Document[] = [];
  for (const manifest of read.manifests) {
    const completed = completeManifest(manifest, {
      files: source.context.files,
      cache: digestCache(source, readAt, learnt),
      modulesDirectory: source.modulesDirectory,
      now: readAt,
    });
    problems.push(...completed.problems);
    if (!completed.manifest) continue;
    const { place, spec, hash } = completed.manifest;
    const extract = extractOf(spec, manifest.alsoRead, source, readAt);
    const uuid = jobUuid(source.installation, spec.name, spec.run);
    documents.push({
      place,
      name: spec.name,
      run: spec.run,
      uuid,
      hash,
      extract,
      spec: () => spec,
      specJson: JSON.stringify(spec),
    });
  }
  return { path, stamp, readAt, documents, problems, cached: false };
}

/** What is digested on the way is kept by `remember`, in one transaction. */
function digestCache(source: DirectorySource, readAt: number, learnt: KnownDigest[]): DigestCache {
  const asStamp = (stat: FileStat): FileStamp => ({ ...stat, ino: BigInt.asIntN(64, stat.ino) });
  return {
    get: (path, stat) => source.store.digests.lookup(path, asStamp(stat)),
    set: (path, stat, sha256) => void learnt.push({ path, stamp: asStamp(stat), sha256, readAt }),
  };
}

function extractOf(
  spec: JobSpec,
  alsoRead: readonly string[],
  source: DirectorySource,
  readAt: number,
): Extract {
  const { job } = spec;
  const sent = job.kind === 'file' || job.kind === 'directory' ? [job.path] : [];
  const stages = spec.modules;
  const modules = stages ? [...stages.staging, ...stages.preprocessing, ...stages.postprocessing] : [];
  const paths = [...sent, ...alsoRead, ...modules.map((each) => join(source.modulesDirectory, each.module))];
  return {
    inputs: [...new Set(paths)].map(
      (path) => [path, fingerprint(source.context.files, path, readAt)] as const,
    ),
    ...(spec.previously === undefined ? {} : { previously: spec.previously }),
    dependsOn: spec.dependsOn,
    suspend: spec.suspend,
    onEdit: spec.onEdit,
    onDelete: spec.onDelete,
    ...(job.kind === 'directory' ? { jobDirectory: job.path } : {}),
  };
}

/** A YAML file inside a directory that a job sends, or read for one, is no manifest. */
function withoutSent(files: readonly FileRead[]): readonly FileRead[] {
  const directories = new Set<string>();
  const read = new Set<string>();
  for (const { documents } of files) {
    for (const { extract, place } of documents) {
      if (extract.jobDirectory !== undefined && !place.file.startsWith(`${extract.jobDirectory}/`))
        directories.add(`${extract.jobDirectory}/`);
      for (const [path] of extract.inputs) read.add(path);
    }
  }
  if (directories.size === 0 && read.size === 0) return files;
  const sent = [...directories];
  return files.filter(({ path }) => !read.has(path) && !sent.some((directory) => path.startsWith(directory)));
}

function toJob(document: Document, elsewhere: Elsewhere | undefined): PartJob {
  const { uuid, name, run, hash, extract, place, spec } = document;
  const { suspend, onEdit, onDelete, dependsOn, previously } = extract;
  const job = { place, name, run, uuid, hash, suspend, onEdit, onDelete, dependsOn, spec };
  const known = previously === undefined ? job : { ...job, previously };
  if (elsewhere === undefined) return known;
  const placed = (): JobSpec => {
    const read = spec();
    return { ...read, job: elsewhere.placed(read.job) };
  };
  return { ...known, place: { ...place, file: elsewhere.shown(place.file) }, spec: placed };
}

function toCached(file: FileRead): Parameters<Store['manifests']['save']>[1][number] {
  return {
    path: file.path,
    stamp: file.stamp,
    digest: '',
    readAt: file.readAt,
    problems: file.problems,
    documents: file.documents.map(({ place, name, run, uuid, hash, extract, specJson }) => ({
      document: place.document,
      line: place.line,
      column: place.column,
      name,
      run,
      uuid,
      hash,
      inputs: JSON.stringify(extract),
      problems: [],
      ...(specJson === undefined ? {} : { specJson }),
    })),
  };
}
