import type { App } from '../app.js';
import { didYouMean } from '../documents/words.js';
import { type KnownCluster, toCluster } from '../views/cluster.js';
import { say, type Context } from './context.js';
import { EXIT } from './exit.js';
import { withApp } from './facade.js';
import { clusterTable, findingLines, trafficLine } from './output/clusters.js';
import { envelope, writeJson } from './output/json.js';

export interface ClustersFlags {
  readonly output: 'table' | 'wide' | 'json';
}

/** The inventory, how each cluster answers just now, and how its nodes stood when its status was last taken. */
export function clusters(at: Context, names: readonly string[], flags: ClustersFlags): Promise<number> {
  return withApp(at, 'read', async (app) => {
    for (const name of names) assertKnown(app, name);
    const standings = await app.clusterStatus(names.length === 0 ? undefined : [...names]);
    const { inventory } = app.project;
    const shown = [...inventory.values()].filter(({ name }) => names.length === 0 || names.includes(name));
    const views = shown.map((cluster) =>
      toCluster(
        cluster,
        standings.find((each) => each.cluster === cluster.name),
        {
          ...app.store.clusters.status(cluster.name),
          ...reportedOf(app, cluster.name),
          breaker: app.store.clusters.breakerOf(cluster.name),
        },
        at.now(),
      ),
    );
    if (flags.output === 'json') writeJson(at.out, envelope(views));
    else at.out.write(clusterTable(at.out, views, { wide: flags.output === 'wide', now: at.now() }));
    if (at.verbose) for (const standing of standings) say(at, trafficLine(standing));
    return EXIT.done;
  });
}

function reportedOf({ store }: App, name: string): Pick<KnownCluster, 'reported'> {
  const { reported } = store.clusters.get(name);
  return reported === undefined ? {} : { reported };
}

export interface CheckFlags {
  readonly job?: boolean;
  /** Tables are all alike here. */
  readonly output?: ClustersFlags['output'];
}

/** Each finding of the doctor, one a line. Exit 1 when one is bad. */
export function check(at: Context, name: string, flags: CheckFlags): Promise<number> {
  // What was begun on the cluster is taken away before we end.
  if (flags.job === true) at.endsByItself();
  return withApp(at, 'read', async (app) => {
    assertKnown(app, name);
    const findings = await app.check(name, { job: flags.job === true, signal: at.signal });
    const bad = findings.some(({ verdict }) => verdict === 'fail');
    if (!bad) askAnew(at, app, name);
    if (flags.output === 'json') {
      const items = findings.map((each) => ({ ...each, ok: each.verdict !== 'fail' }));
      writeJson(at.out, envelope(items));
    } else for (const line of findingLines(at.out, findings)) at.out.line(line);
    if (!bad && flags.job !== true)
      say(at, `the compute nodes were not tried: sluice clusters check ${name} --job`);
    return bad ? EXIT.error : EXIT.done;
  });
}

/** Whoever does not ask it by itself, as it did not answer, is told that it does. */
function askAnew(at: Context, app: App, name: string): void {
  if (app.store.clusters.breakerOf(name) === undefined) return;
  app.ask({ kind: 'pass', actor: 'command line', at: at.now() });
  say(at, `${name} was left alone, as it did not answer; it is asked again with the next pass`);
}

function assertKnown({ project: { inventory, paths } }: App, name: string): void {
  if (inventory.has(name)) return;
  throw new Error(`no cluster "${name}" in ${paths.clustersFile}${didYouMean(name, inventory.keys())}`);
}
