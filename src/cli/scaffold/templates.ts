/** What `sluice init` writes. Each must pass `sluice validate`, and the whole must run on any machine as it is. */

/** Where the schemas lie in a project, for editors. */
export const SCHEMAS = '.sluice-schemas';

function schemaLine(kind: string, up: string): string {
  return `# yaml-language-server: $schema=${up}${SCHEMAS}/${kind}.schema.json\n`;
}

const JOB = `${schemaLine('manifest', '../')}# One job. Its name is the file's name: "example". Save it, then: sluice plan
destination_cluster: here
job: ../jobs/example # this folder is sent; commands run inside it
execution: sh estimate.sh darts.txt >pi.txt
output: pi.txt
resources:
  duration: 5m
# Changing this asks for a new run; editing anything else changes nothing that was submitted already.
run: '1'
`;

const DARTS = '20000 42\n';

const ESTIMATE = `#!/bin/sh
# Estimates pi by throwing darts at a square: the input file holds how many, and the seed.
set -eu
read -r count seed <"$1"
awk -v count="$count" -v seed="$seed" 'BEGIN {
  srand(seed)
  for (i = 0; i < count; i++) { x = rand(); y = rand(); if (x * x + y * y < 1) hits++ }
  printf "pi is about %.3f (%d darts)\\n", 4 * hits / count, count
}'
`;

const CLUSTERS = `${schemaLine('clusters', '')}clusters:
  here: # this machine, without any queue: try everything out before a real cluster sees it
    transport: local
    workload_manager: direct
    preferred_jobs: [serial]

  # lemaitre3: # a real one; take the hashes away, then: sluice clusters check lemaitre3
  #   hostname: lemaitre3.example.org # or an alias of ~/.ssh/config
  #   username: me
  #   workload_manager: slurm
  #   preferred_jobs: [mpi]
  #   partition: batch
  #   work_dir: $GLOBALSCRATCH/sluice # shared with the compute nodes
`;

function settings(installation: string): string {
  return `${schemaLine('sluice', '')}# Names this Sluice on every cluster: keep it for ever, and let no other project use it.
installation: ${installation}
sources:
  - directory: jobs.d
`;
}

const WORKFLOW = `# Checks every change of a manifest, and makes the clusters match what is on the main branch.
name: sluice
on:
  push:
    branches: [main]
  pull_request:
  schedule: # brings results home between pushes
    - cron: '*/30 * * * *'
concurrency: sluice # one writer
jobs:
  validate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - run: npm install --global sluice
      - run: sluice validate
  reconcile:
    if: github.event_name != 'pull_request'
    needs: validate
    runs-on: ubuntu-latest
    steps:
      # All commits: an earlier one that is run again must be told from a later one.
      - uses: actions/checkout@v4
        with: { fetch-depth: 0 }
      - uses: actions/setup-node@v4
        with: { node-version: 24 }
      - run: npm install --global sluice
      # The state: without it Sluice rebuilds it from the clusters, which takes longer.
      - uses: actions/cache@v4
        with:
          path: |
            .sluice
            outputs
          key: sluice-\${{ github.run_id }}
          restore-keys: sluice-
      - uses: webfactory/ssh-agent@v0.9.0
        with:
          ssh-private-key: \${{ secrets.CLUSTER_KEY }}
      # The clusters' host keys, as their sites publish them: what "ssh-keyscan HOST" prints, compared.
      - run: mkdir -p ~/.ssh && printf '%s\\n' "$KNOWN_HOSTS" >>~/.ssh/known_hosts
        env:
          KNOWN_HOSTS: \${{ secrets.KNOWN_HOSTS }}
      - run: sluice reconcile --once
`;

export interface Scaffold {
  /** Relative to the project. */
  readonly path: string;
  readonly content: string;
}

/** @param schemas text of each schema by its file name */
export function scaffold(installation: string, schemas: ReadonlyMap<string, string>): Scaffold[] {
  return [
    { path: 'jobs.d/example.yaml', content: JOB },
    { path: 'jobs/example/estimate.sh', content: ESTIMATE },
    { path: 'jobs/example/darts.txt', content: DARTS },
    { path: 'clusters.yaml', content: CLUSTERS },
    { path: 'sluice.yaml', content: settings(installation) },
    ...[...schemas].map(([name, content]) => ({ path: `${SCHEMAS}/${name}`, content })),
    { path: '.github/workflows/sluice.yaml', content: WORKFLOW },
  ];
}

/** Lines that the project's .gitignore must have. */
export const IGNORED = ['.sluice/', 'outputs/'] as const;
