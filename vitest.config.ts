import { defineConfig } from 'vitest/config';

const LAB = ['test/lab/**/*.test.ts', 'test/**/*.lab.test.ts'];
const FAULTS = ['test/faults/**'];

/**
 * `unit` needs nothing but Node and a shell. `lab` runs on real Slurm, after the rest and one file at a time: the
 * clusters are shared, and time-outs and kills disturb each other. The lab is brought up only when a lab test was asked
 * for. `faults` kills and cuts at every kind of point of a submission, last of all.
 */
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    maxConcurrency: 12,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: LAB, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'lab',
          include: LAB,
          exclude: FAULTS,
          globalSetup: ['test/lab/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: ['test/lab/global-setup.ts'],
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
