/** A project on the disk with modules in it, and the runner on them. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { nodeFiles } from '../../src/documents/node-files.js';
import type { ReadContext } from '../../src/manifest/draft.js';
import type { JobSpec } from '../../src/model/job.js';
import { runStaging, type Staged, type StagingRequest } from '../../src/modules/run.js';
import { PLACE, specOf } from './support.js';

export interface Step {
  readonly module: string;
  readonly execution: string;
  readonly compilation?: string;
  readonly time_limit?: string;
}

export class Workshop {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<Workshop> {
    const shop = new Workshop(await mkdtemp(join(tmpdir(), "sluice mod's-")));
    await mkdir(join(shop.path, 'modules'));
    await shop.put('jobs.d/input/data', 'one\ntwo\nthree\n');
    return shop;
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true, force: true });
  }

  async put(name: string, text: string, mode = 0o644): Promise<void> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { mode });
    await chmod(path, mode);
  }

  text(name: string): Promise<string> {
    return readFile(join(this.path, name), 'utf8');
  }

  context(modulesDirectory = join(this.path, 'modules')): ReadContext {
    return { files: nodeFiles, home: this.path, modulesDirectory, clusters: ['lemaitre3', 'hercules'] };
  }

  spec(staging: readonly Step[], keys: Readonly<Record<string, unknown>> = {}, modules?: string): JobSpec {
    const job = join(this.path, 'jobs.d/input');
    return specOf({ job, modules: { staging }, ...keys }, this.context(modules));
  }

  run(spec: JobSpec, more: Partial<StagingRequest> = {}): Promise<Staged> {
    const context = this.context();
    const directory = join(this.path, 'staging');
    const environment = { ...process.env, PLANTED: 'SECRET' };
    return runStaging({ spec, place: PLACE, context, directory, environment, ...more });
  }
}
