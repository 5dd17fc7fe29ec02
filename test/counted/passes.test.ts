/**
 * What standard passes cost, in counted work: round trips, commands of the workload manager, statements, files. A figure
 * that grows fails; one that shrinks is written down here. No seconds: they are the bench's.
 */
import Database from 'better-sqlite3';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { openApp } from '../../src/app.js';
import { nodeFiles } from '../../src/documents/node-files.js';
import type { PassReport } from '../../src/reconcile/report.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { Sql } from '../../src/store/sql.js';
import { TestRepository } from '../git/repository.js';
import { callsOf, endJobs, forgetCalls, idsAsked, installStubs, stubCluster } from '../bench/stubs.js';

interface Work {
  readonly trips: number;
  readonly sbatch: number;
  readonly squeue: number;
  /** Calls of sacct, and ids that they were about. */
  readonly sacct: number;
  readonly ids: number;
  /** Manifests and what they send, read or looked at. */
  readonly read: number;
  readonly stat: number;
  readonly statements: number;
  /** Processes of Git. */
  readonly git: number;
}

/** Files of the project itself: the inventory, the settings and what stands beside them. */
const isJobs = (path: unknown): boolean => /\/jobs(\.d)?\//.test(String(path));

/** Projects of two sizes: what a pass costs for each further job is the difference. */
class Counted {
  readonly directory = mkdtempSync(join(tmpdir(), 'sluice-counted-'));
  readonly #env: NodeJS.ProcessEnv;
  readonly jobs: number;
  /** Of all passes so far. */
  readonly statements: string[] = [];

  constructor(jobs: number) {
    this.jobs = jobs;
    mkdirSync(join(this.directory, 'jobs.d'));
    writeFileSync(join(this.directory, 'sluice.yaml'), 'installation: counted\n');
    const inventory = { clusters: { here: stubCluster(this.directory) } };
    writeFileSync(join(this.directory, 'clusters.yaml'), stringify(inventory));
    for (let number = 1; number <= jobs; number += 1) {
      const name = `j${number}`;
      mkdirSync(join(this.directory, 'jobs', name), { recursive: true });
      writeFileSync(join(this.directory, 'jobs', name, 'input.txt'), name);
      const manifest = { destination_cluster: 'here', job: `../jobs/${name}/input.txt`, execution: 'true' };
      writeFileSync(join(this.directory, 'jobs.d', `${name}.yaml`), stringify(manifest));
    }
    this.#env = { ...process.env, HOME: this.directory, CI: '', ...installStubs(this.directory) };
  }

  /** @returns what it cost, and what it came to */
  async pass(): Promise<Work & { readonly report: PassReport }> {
    forgetCalls(this.directory);
    const counts = { read: 0, stat: 0, statements: [] as string[] };
    const spies = [
      ...(['read', 'sha256'] as const).map((name) => {
        const real = nodeFiles[name].bind(nodeFiles) as (path: string, limit?: number) => never;
        return vi.spyOn(nodeFiles, name).mockImplementation((path: string, limit?: number) => {
          if (isJobs(path)) counts.read += 1;
          return real(path, limit);
        });
      }),
      (() => {
        const real = nodeFiles.stat.bind(nodeFiles);
        return vi.spyOn(nodeFiles, 'stat').mockImplementation((path) => {
          if (isJobs(path)) counts.stat += 1;
          return real(path);
        });
      })(),
      ...(['all', 'each', 'exact', 'run'] as const).map((name) => spyOnSql(name, counts.statements)),
    ];
    // Long after the files were written: what changed just now is not remembered.
    const now = (): number => Date.now() + 10_000;
    const app = await openApp(
      { directory: this.directory, env: this.#env, story: () => undefined, now },
      'write',
    );
    try {
      const report = await app.pass([]);
      this.statements.push(...counts.statements);
      const trips = report.clusters.reduce((sum, { counts: { roundTrips } }) => sum + roundTrips, 0);
      const commands = (['sbatch', 'squeue', 'sacct', 'git'] as const).map(
        (name) => callsOf(this.directory, name).length,
      );
      const [sbatch = 0, squeue = 0, sacct = 0, git = 0] = commands;
      const ids = idsAsked(this.directory).reduce((sum, each) => sum + each, 0);
      const { read, stat } = counts;
      const statements = counts.statements.length;
      return { trips, sbatch, squeue, sacct, ids, read, stat, statements, git, report };
    } finally {
      await app.close();
      for (const spy of spies) spy.mockRestore();
    }
  }

  /** Of every second one the queue knows no more. */
  endHalf(): void {
    const claims = join(this.directory, 'claims');
    const folders = readdirSync(claims).map((name) => join(claims, name, 'jobs'));
    const tokens = folders.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder));
    expect(tokens).toHaveLength(this.jobs);
    endJobs(
      this.directory,
      tokens.filter((_, index) => index % 2 === 0),
    );
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

function spyOnSql(name: 'all' | 'each' | 'exact' | 'run', told: string[]) {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on its own object below
  const real = Sql.prototype[name] as (this: Sql, sql: string, ...rest: unknown[]) => never;
  return vi.spyOn(Sql.prototype, name).mockImplementation(function (
    this: Sql,
    sql: string,
    ...rest: unknown[]
  ) {
    told.push(sql);
    return real.call(this, sql, ...rest);
  });
}

const FEW = 10;
const MORE = 30;
let few: Counted;
let more: Counted;

/** A pass of both: what it costs whatever the jobs, and for each of them. */
async function passes(): Promise<{ readonly fixed: Work; readonly each: Work; readonly last: PassReport }> {
  const [small, large] = [await few.pass(), await more.pass()];
  const names = ['trips', 'sbatch', 'squeue', 'sacct', 'ids', 'read', 'stat', 'statements', 'git'] as const;
  const each = Object.fromEntries(names.map((name) => [name, (large[name] - small[name]) / (MORE - FEW)]));
  const fixed = Object.fromEntries(names.map((name) => [name, small[name] - FEW * (each[name] ?? 0)]));
  return { fixed: fixed as unknown as Work, each: each as unknown as Work, last: large.report };
}

beforeAll(() => {
  [few, more] = [new Counted(FEW), new Counted(MORE)];
});
afterAll(() => {
  few.remove();
  more.remove();
});

const NOTHING: Work = {
  trips: 0,
  sbatch: 0,
  squeue: 0,
  sacct: 0,
  ids: 0,
  read: 0,
  stat: 0,
  statements: 0,
  git: 0,
};

/** What each pass may cost at most: whatever the jobs, and for each of them. Lower them where a pass becomes cheaper. */
const MARKS = {
  submits: {
    fixed: { ...NOTHING, trips: 3, squeue: 1, statements: 90 },
    each: { ...NOTHING, sbatch: 1, read: 2, stat: 4, statements: 37 },
  },
  begins: {
    fixed: { ...NOTHING, trips: 1, squeue: 1, statements: 40 },
    each: { ...NOTHING, stat: 2, statements: 11 },
  },
  waits: {
    fixed: { ...NOTHING, trips: 1, squeue: 1, statements: 39 },
    each: { ...NOTHING, stat: 2, statements: 1 },
  },
  /** Of which one half has left the queue: accounting is asked for these and no other. */
  asks: {
    fixed: { ...NOTHING, trips: 1, squeue: 1, sacct: 1, statements: 43 },
    each: { ...NOTHING, ids: 0.5, stat: 2, statements: 6 },
  },
} satisfies Readonly<Record<string, { readonly fixed: Work; readonly each: Work }>>;

type Found = Awaited<ReturnType<typeof passes>>;

/** Fails where a figure is above its mark, and says all that are. */
function expectWithin({ fixed, each }: Found, name: keyof typeof MARKS): void {
  const above = (found: Work, marks: Work): Partial<Work> =>
    Object.fromEntries(
      Object.entries(found).filter(([figure, value]) => value > marks[figure as keyof Work] + 1e-9),
    );
  const marks = MARKS[name];
  expect({ fixed: above(fixed, marks.fixed), each: above(each, marks.each) }).toEqual({
    fixed: {},
    each: {},
  });
}

describe('what a pass costs', () => {
  it('that submits', async () => {
    const found = await passes();
    expect(found.last.standings.map(({ phase }) => phase)).toEqual(Array(MORE).fill('Queued'));
    expect(found.each.sbatch).toBe(1);
    expectWithin(found, 'submits');
  });

  it('in which all begin to run', async () => {
    const found = await passes();
    expect(found.last.standings.map(({ phase }) => phase)).toEqual(Array(MORE).fill('Running'));
    expectWithin(found, 'begins');
  });

  it('while nothing changes', async () => {
    const found = await passes();
    expect(found.last.standings.some(({ changed }) => changed)).toBe(false);
    expectWithin(found, 'waits');
  });

  it('when one half has left the queue', async () => {
    for (const project of [few, more]) project.endHalf();
    const found = await passes();
    expect([found.each.ids, found.each.sacct]).toEqual([0.5, 0]);
    expectWithin(found, 'asks');
  });
});

describe('in a Git working tree', () => {
  it('Git is asked four things, whatever the jobs; where there is none, nothing', async () => {
    expect((await few.pass()).git).toBe(0);
    for (const project of [few, more]) {
      writeFileSync(join(project.directory, '.gitignore'), '/*\n!/jobs\n!/jobs.d\n');
      const tree = new TestRepository(project.directory);
      tree.commit({});
      tree.remove();
      expect((await project.pass()).git).toBe(4);
    }
  });
});

describe('how a pass finds its rows', () => {
  /** They list all, and read one index alone for it, or a table that is small, or a cache that is wanted whole. */
  const MEANT = [
    /SCAN runs USING COVERING INDEX runs_there/,
    /SCAN runs USING COVERING INDEX runs_(live|news|edited|gone|forgotten)/,
  ];
  const SMALL =
    /SCAN (meta|migrations|approvals|waiting|clusters|cluster_status|manifest_files|manifests|json_each|sqlite_schema)/;
  const WITHIN =
    /SCAN (attempts USING (COVERING )?INDEX attempts_unsettled|runs USING (COVERING )?INDEX runs_live)/;

  it('by an index: no run, attempt or event is looked for from end to end', () => {
    const database = new Database(':memory:');
    for (const { sql } of MIGRATIONS) database.exec(sql);
    const asked = [...new Set(more.statements)].filter(
      (sql) => /^\s*(SELECT|UPDATE|DELETE)/i.test(sql) && !sql.includes('FROM migrations'),
    );
    expect(asked.length).toBeGreaterThan(10);
    const scans = asked.flatMap((sql) => {
      const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql.replaceAll(/\?|:[a-z_]+/g, "'x'")}`).all();
      const details = (plan as { readonly detail: string }[]).map(({ detail }) => detail);
      const isMeant = (step: string): boolean => [...MEANT, SMALL, WITHIN].some((each) => each.test(step));
      return details
        .filter((step) => step.startsWith('SCAN') && !isMeant(step))
        .map((step) => `${step}: ${sql}`);
    });
    database.close();
    expect(scans).toEqual([]);
  });
});
