/** `modules:`, the stages inline or in a file of their own. */
import { resolve } from 'node:path';
import { parseDocuments } from '../documents/parse.js';
import { decode } from '../documents/text.js';
import { isSecret, label, show, type Path } from '../documents/problem.js';
import { parseDuration } from '../documents/units.js';
import { validate } from '../documents/validate.js';
import type { ModuleSpec, ModuleStages, Problem } from '../model/job.js';
import { problem, type Draft } from './draft.js';
import { localPath } from './job-source.js';
import type { ManifestFile, Module, Stage } from './manifest.generated.js';
import { compact } from './resources.js';

export type RawStages = Exclude<ManifestFile['modules'], string | null | undefined>;

export interface ReadModules {
  readonly stages?: ModuleStages;
  readonly problems: readonly Problem[];
  /** Modules files that were read: a cached manifest is stale when one of them changes. */
  readonly files: readonly string[];
}

/** Puts a problem where it was found: in the manifest, or in the modules file. */
type Report = (path: Path, message: string, what?: 'key' | 'value') => Problem;

export function readModules(draft: Draft): ReadModules {
  const { modules } = draft.raw;
  if (modules === undefined || modules === null) return { problems: [], files: [] };
  if (typeof modules === 'string') return readModulesFile(modules, draft);
  const report: Report = (path, message, what) =>
    problem(draft, ['modules', ...path], message, what === undefined ? {} : { what });
  return { ...readStages(modules, draft, report), files: [] };
}

function readModulesFile(text: string, draft: Draft): ReadModules {
  const { files, home } = draft.context;
  const file = localPath(text, draft.file, home);
  const outside = draft.context.fence?.outside(file);
  if (outside !== undefined)
    return { problems: [problem(draft, ['modules'], `modules ${show(text)} ${outside}`)], files: [] };
  if (files.stat(file)?.kind !== 'file') {
    const message = `modules ${show(text)} is no file (${file}); a path is relative to the manifest's file`;
    return { problems: [problem(draft, ['modules'], message)], files: [file] };
  }
  const decoded = decode(file, files.read(file));
  if (!decoded.ok) return { problems: [decoded.problem], files: [file] };
  const parsed = parseDocuments(file, decoded.text);
  const [document, second] = parsed.documents;
  if (document === undefined || parsed.problems.length > 0) {
    const empty: Problem = {
      severity: 'error',
      file,
      line: 1,
      column: 1,
      message: 'the modules file is empty',
      job: draft.name,
    };
    return { problems: parsed.problems.length > 0 ? parsed.problems : [empty], files: [file] };
  }
  const report: Report = (path, message, what = 'value') => ({
    severity: 'error',
    file,
    ...document.position(path, what),
    ...(path.length === 0 || isSecret(path) ? {} : { key: label(path) }),
    message,
    job: draft.name,
  });
  if (second !== undefined)
    return { problems: [report([], 'a modules file holds one document')], files: [file] };
  const { value, problems } = validate(document, 'stages');
  if (problems.length > 0)
    return { problems: problems.map((each) => ({ ...each, job: draft.name })), files: [file] };
  return { ...readStages(value ?? {}, draft, report), files: [file] };
}

function readStages(raw: RawStages, draft: Draft, report: Report): Omit<ReadModules, 'files'> {
  const problems: Problem[] = [];
  const stage = (name: keyof RawStages): ModuleSpec[] => {
    const entries = numbered(raw[name]);
    if (!Array.isArray(raw[name])) problems.push(...checkIndices(name, entries, report));
    problems.push(...entries.flatMap(([key, module]) => checkModule([name, key], module, draft, report)));
    return entries.map(([, module]) => toModule(module));
  };
  const stages = {
    staging: stage('staging'),
    preprocessing: stage('preprocessing'),
    postprocessing: stage('postprocessing'),
  };
  return { stages, problems };
}

/** Entries in the order of their numbers, which JavaScript keeps for such keys; of a list, by place. */
function numbered(stage: Stage | undefined): [string, Module][] {
  return Object.entries(stage ?? {});
}

function checkIndices(stage: string, entries: readonly [string, Module][], report: Report): Problem[] {
  const keys = entries.map(([key]) => key);
  const wrong = keys.find((key, index) => key !== String(index + 1));
  if (wrong === undefined) return [];
  const expected = keys.indexOf(wrong) + 1;
  return [
    report(
      [stage, wrong],
      `the modules of ${stage} are numbered 1, 2, 3 … without a gap; here ${expected} is expected, not ${wrong}`,
      'key',
    ),
  ];
}

function checkModule(path: Path, module: Module, { context }: Draft, report: Report): Problem[] {
  const at = [...path, 'module'];
  const text = module.module;
  if (text.startsWith('/') || text.split('/').includes('..')) {
    return [
      report(
        at,
        `module ${show(text)} leaves the modules folder; write a path inside of ${context.modulesDirectory}`,
      ),
    ];
  }
  if (context.files.stat(resolve(context.modulesDirectory, text)) !== undefined) return [];
  return [report(at, `module ${show(text)} is not in the modules folder ${context.modulesDirectory}`)];
}

function toModule({ module, compilation, execution, time_limit: limit }: Module): ModuleSpec {
  const parsed = limit === undefined ? undefined : parseDuration(limit);
  return compact({
    module,
    compilation,
    execution,
    timeLimitSeconds: parsed?.ok === true ? parsed.value : undefined,
  });
}
