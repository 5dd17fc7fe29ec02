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
import type { JobSource, JobSpec, Problem } from '../model/job.js';
import { type FileStamp, stampText } from '../store/stamp.js';
import type { KnownDigest } from '../store/digests.js';
import type { CachedDocument, CachedFile, ReadFile } from '../store/manifests.js';
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
  /** Each job has the paths that its work depends on: for who asks Git about them. */
  readonly tellsSent?: true;
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

/** What a document says beside its hash, kept as the cache's opaque `inputs`. What is as it is by default is left out. */
interface Extract {
  /** Paths that the hash depends on, with their fingerprints. */
  readonly inputs?: readonly (readonly [path: string, fingerprint: string])[];
  readonly previously?: string;
  readonly dependsOn?: JobSpec['dependsOn'];
  readonly suspend?: true;
  readonly onEdit?: JobSpec['onEdit'];
  readonly onDelete?: JobSpec['onDelete'];
  /** A directory that is sent: YAML in it is the job's, not ours. */
  readonly jobDirectory?: string;
}

interface FileRead {
  readonly path: string;
  readonly jobs: readonly PartJob[];
  readonly problems: readonly Problem[];
  /** YAML that its jobs read, and directories that they send, with a slash at the end: no manifests of ours. */
  readonly sends: readonly string[];
  /** As the cache is to keep it; undefined where it came from there. */
  readonly fresh?: ReadFile;
}

/** Shared by all that have none: a pass over a hundred thousand files would make as many. */
const NOTHING: readonly never[] = [];

const YAML = /\.ya?ml$/i;

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
  const read = readAll(source, listed, cache, learnt);
  const isOurs = notSent(read.sends);
  const jobs = isOurs === undefined ? read.jobs : read.jobs.filter(({ place }) => isOurs(place.file));
  const troubled = isOurs === undefined ? read.troubled : read.troubled.filter(({ path }) => isOurs(path));
  // A file with an error is read again each time: what is missing may come without the file itself changing.
  const [bad, good] = [read.fresh.filter(hasError), read.fresh.filter((file) => !hasError(file))];
  const gone = [...cache.keys()].filter((path) => path.startsWith(`${source.root}/`));
  return {
    jobs: elsewhere === undefined ? jobs : jobs.map((job) => shownElsewhere(job, elsewhere)),
    invalid: troubled.flatMap(({ problems }) => problems.flatMap((each) => each.job ?? NOTHING)),
    problems: troubled.flatMap((file) => file.problems.map((problem) => toldOf(problem, elsewhere))),
    complete: true,
    parsed: read.fresh.length,
    remember: () => {
      source.store.digests.put(learnt);
      source.store.manifests.save(reader, good, [...gone, ...bad.map((file) => file.path)]);
    },
  };
}

interface AllRead {
  readonly jobs: readonly PartJob[];
  readonly troubled: readonly Pick<FileRead, 'path' | 'problems'>[];
  readonly sends: readonly string[];
  readonly fresh: readonly ReadFile[];
}

/** What is left in the cache is not listed any more; and a hundred thousand files need not stay in memory twice. */
function readAll(
  source: DirectorySource,
  listed: readonly string[],
  cache: Map<string, CachedFile>,
  learnt: KnownDigest[],
): AllRead {
  const jobs: PartJob[] = [];
  const troubled: FileRead[] = [];
  const sends: string[] = [];
  const fresh: ReadFile[] = [];
  for (const path of listed) {
    const file = readOne(source, path, cache.get(path), learnt);
    cache.delete(path);
    if (file === undefined) continue;
    for (const job of file.jobs) jobs.push(job);
    for (const each of file.sends) sends.push(each);
    if (file.problems.length > 0) troubled.push(file);
    if (file.fresh !== undefined) fresh.push(file.fresh);
  }
  return { jobs, troubled, sends, fresh };
}

function toldOf(problem: Problem, elsewhere: Elsewhere | undefined): Problem {
  if (elsewhere === undefined) return problem;
  return { ...problem, file: elsewhere.shown(problem.file), message: elsewhere.told(problem.message) };
}

function hasError({ problems }: Pick<FileRead, 'problems'>): boolean {
  return problems.some((problem) => problem.severity === 'error');
}

/** Files that are manifests: `*.yaml` and `*.yml`, not hidden, in name order. @returns a sentence where there are none to list. */
export function listManifests(root: string): readonly string[] | string {
  try {
    const found: string[] = [];
    listInto(root, found);
    return found.sort();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT') return 'there is no such directory; "sluice init" makes a start';
    return `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Links to directories are not followed. */
function listInto(directory: string, found: string[]): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const { name } = entry;
    if (name.startsWith('.')) continue;
    if (entry.isDirectory()) listInto(`${directory}/${name}`, found);
    else if (YAML.test(name)) found.push(`${directory}/${name}`);
  }
}

/** Another reader, another installation or another inventory reads the same text differently. */
function readerName(source: DirectorySource): string {
  const { clusters = [], ownSsh = [] } = source.context;
  const { installation, modulesDirectory } = source;
  const facts = JSON.stringify(['5', HASH_VERSION, installation, modulesDirectory, clusters, ownSsh]);
  return createHash('sha256').update(facts).digest('hex');
}

function readOne(
  source: DirectorySource,
  path: string,
  cached: CachedFile | undefined,
  learnt: KnownDigest[],
): FileRead | undefined {
  const stat = source.context.files.stat(path);
  if (stat?.kind !== 'file') return undefined;
  const stamp = stampFor(stat);
  const kept = cached?.stamp === stampText(stamp) ? fromCache(source, cached) : undefined;
  return kept ?? parseOne(source, path, stamp, learnt);
}

/** As the database holds it, whose integers are signed. */
function stampFor({ size, mtimeNs, ctimeNs, ino }: FileStat): FileStamp {
  return { size, mtimeNs, ctimeNs, ino: BigInt.asIntN(64, ino) };
}

/** @returns undefined when a file that one of its jobs sends has changed. */
function fromCache(source: DirectorySource, cached: CachedFile): FileRead | undefined {
  const { path } = cached;
  const jobs: PartJob[] = [];
  let sends: readonly string[] = NOTHING;
  for (const each of cached.documents) {
    if (!isJob(each)) continue;
    // What parseOne wrote; the reader's name changes when its shape does.
    const extract = JSON.parse(each.inputs) as Extract;
    const { inputs = NOTHING } = extract;
    if (inputs.some(([input, print]) => fingerprint(source.context.files, input) !== print)) return undefined;
    jobs.push(toJob(source, path, each, extract, specFrom(source, path, each.document)));
    const sent = sentBy(path, extract);
    if (sent.length > 0) sends = [...sends, ...sent];
  }
  const problems = [cached.problems, ...cached.documents.map((each) => each.problems)];
  const all = problems.every((some) => some.length === 0) ? NOTHING : problems.flat();
  return { path, jobs, problems: all, sends };
}

function isJob(document: CachedDocument): document is Required<CachedDocument> {
  return document.name !== undefined;
}

/** Read once, when it is asked for. Made here, so that it holds none of what the cache says: it lives as long as the pass. */
function specFrom({ store }: DirectorySource, path: string, document: number): () => JobSpec {
  let spec: JobSpec | undefined;
  return () => {
    if (spec !== undefined) return spec;
    const text = store.manifests.specJson(path, document);
    if (text === undefined)
      throw new Error(`${path} left the cache while it was being planned with; run again`);
    return (spec = JSON.parse(text) as JobSpec);
  };
}

function parseOne(source: DirectorySource, path: string, stamp: FileStamp, learnt: KnownDigest[]): FileRead {
  const readAt = source.now();
  const read = readManifestFile(path, source.context);
  const problems: Problem[] = [...read.problems];
  const jobs: PartJob[] = [];
  const sends: string[] = [];
  const documents: ReadFile['documents'][number][] = [];
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
    const { document, line, column } = place;
    const extract = extractOf(spec, manifest.alsoRead, source, readAt);
    const uuid = jobUuid(source.installation, spec.name, spec.run);
    const known = { document, line, column, name: spec.name, run: spec.run, uuid, hash };
    jobs.push(toJob(source, path, known, extract, () => spec));
    sends.push(...sentBy(path, extract));
    documents.push({
      ...known,
      inputs: JSON.stringify(extract),
      problems: NOTHING,
      specJson: JSON.stringify(spec),
    });
  }
  const fresh: ReadFile = { path, stamp, digest: '', readAt, problems, documents };
  return { path, jobs, problems, sends, fresh };
}

/** What is digested on the way is kept by `remember`, in one transaction. */
function digestCache(source: DirectorySource, readAt: number, learnt: KnownDigest[]): DigestCache {
  return {
    get: (path, stat) => source.store.digests.lookup(path, stampFor(stat)),
    set: (path, stat, sha256) => void learnt.push({ path, stamp: stampFor(stat), sha256, readAt }),
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
  const inputs = [...new Set(paths)].map(
    (path) => [path, fingerprint(source.context.files, path, readAt)] as const,
  );
  const { previously, dependsOn, suspend, onEdit, onDelete } = spec;
  return {
    ...(inputs.length === 0 ? {} : { inputs }),
    ...(previously === undefined ? {} : { previously }),
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(suspend ? { suspend } : {}),
    ...(onEdit === 'keep' ? {} : { onEdit }),
    ...(onDelete === 'finish' ? {} : { onDelete }),
    ...(job.kind === 'directory' ? { jobDirectory: job.path } : {}),
  };
}

/** YAML that a job reads, and the directory that it sends, unless its manifest lies in there itself. */
function sentBy(path: string, { inputs = NOTHING, jobDirectory }: Extract): readonly string[] {
  const isSent = jobDirectory !== undefined && !path.startsWith(`${jobDirectory}/`);
  if (!isSent && !inputs.some(([input]) => YAML.test(input))) return NOTHING;
  const read = inputs.map(([input]) => input).filter((input) => YAML.test(input));
  return isSent ? [...read, `${jobDirectory}/`] : read;
}

/** A YAML file inside a directory that a job sends, or read for one, is no manifest. Undefined where there is none. */
function notSent(sends: readonly string[]): ((path: string) => boolean) | undefined {
  if (sends.length === 0) return undefined;
  const sent = new Set(sends);
  const directories = [...sent].filter((each) => each.endsWith('/'));
  return (path) => !sent.has(path) && !directories.some((directory) => path.startsWith(directory));
}

function toJob(
  { tellsSent }: DirectorySource,
  file: string,
  known: Pick<Required<CachedDocument>, 'document' | 'line' | 'column' | 'name' | 'run' | 'uuid' | 'hash'>,
  extract: Extract,
  spec: () => JobSpec,
): PartJob {
  const { document, line, column, name, run, uuid, hash } = known;
  const { previously, dependsOn = NOTHING, suspend = false, onEdit = 'keep', onDelete = 'finish' } = extract;
  const place = { file, document, line, column };
  const manifestFile = file;
  const generation = 0;
  // prettier-ignore
  const job = { place, manifestFile, name, run, uuid, hash, generation, suspend, onEdit, onDelete, dependsOn, spec };
  const sends = tellsSent === true ? { sends: (extract.inputs ?? NOTHING).map(([path]) => path) } : {};
  return { ...job, ...sends, ...(previously === undefined ? {} : { previously }) };
}

function shownElsewhere(job: PartJob, elsewhere: Elsewhere): PartJob {
  const file = elsewhere.shown(job.place.file);
  const spec = (): JobSpec => {
    const read = job.spec();
    return { ...read, job: elsewhere.placed(read.job) };
  };
  return { ...job, place: { ...job.place, file }, manifestFile: file, spec };
}
