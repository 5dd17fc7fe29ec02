/** One external module that was run, as the record keeps it. */
export interface ModuleRun {
  readonly stage: 'staging' | 'preprocessing' | 'postprocessing';
  /** Its number in the stage, from 1. */
  readonly index: number;
  /** Its file, as the manifest names it. */
  readonly module: string;
  /** What it printed, on one line of JSON; undefined where nothing of use. */
  readonly output?: string;
  /** The end of what it said on standard error; on the cluster that is in the log of its stage. */
  readonly stderr?: string;
  /** Top-level keys of the job that it changed, sorted. */
  readonly changed: readonly string[];
  /** Why the run failed by it, in a sentence. */
  readonly failure?: string;
}
