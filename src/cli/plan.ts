import type { PlanReport } from '../reconcile/report.js';
import { toAction } from '../views/action.js';
import { statusOf } from '../views/cluster.js';
import { say, scopeOf, type Context } from './context.js';
import { EXIT } from './exit.js';
import { withApp } from './facade.js';
import { trafficLine, unreachableLines } from './output/clusters.js';
import { envelope, writeJson, type Envelope } from './output/json.js';
import { pendingChanges, planSummary, planText } from './output/plan.js';
import { hasError, writeProblems } from './output/problems.js';
import { waitingLines } from './output/waiting.js';

export interface PlanFlags {
  readonly script?: boolean;
  readonly detailedExitcode?: boolean;
  readonly output?: 'json';
}

/** What a pass would do. Writes nothing, here or there. */
export function plan(at: Context, paths: readonly string[], flags: PlanFlags): Promise<number> {
  const scope = scopeOf(at, paths);
  return withApp(at, 'plan', async (app) => {
    const report = await app.plan(scope);
    writeProblems(at.err, [...app.project.problems, ...report.problems], at.directory);
    if (flags.output === 'json') writeJson(at.out, planJson(report, flags.script === true));
    else writePlan(at, report, flags.script === true);
    if (report.plan.waiting.length > 0) return EXIT.decisionNeeded;
    if (hasError(report.problems)) return EXIT.manifestsInvalid;
    return flags.detailedExitcode === true && pendingChanges(report.plan) > 0
      ? EXIT.changesPending
      : EXIT.done;
  });
}

function writePlan(at: Context, report: PlanReport, withScripts: boolean): void {
  const { out, err } = at;
  out.write(planText(report.plan, { paint: out.paint, ...(withScripts ? { scripts: report.scripts } : {}) }));
  for (const line of unreachableLines(report.clusters)) err.line(`${err.paint.yellow('warning:')} ${line}`);
  out.line(planSummary(report.plan));
  for (const line of waitingLines(report.plan.waiting)) out.line(line);
  if (at.verbose) for (const cluster of report.clusters) say(at, trafficLine(cluster));
  say(
    at,
    `Nothing was written.${pendingChanges(report.plan) > 0 ? ' To do it: sluice reconcile --once' : ''}`,
  );
}

export function planJson({ plan, problems, clusters, scripts }: PlanReport, withScripts: boolean): Envelope {
  const items = plan.actions.map((action) =>
    toAction(action, withScripts && action.kind === 'submit' ? scripts.get(action.token) : undefined),
  );
  return envelope(items, {
    changes: pendingChanges(plan),
    unchanged: plan.unchanged,
    waiting: plan.waiting,
    problems,
    clusters: clusters.map((standing) => ({ name: standing.cluster, ...statusOf(standing) })),
  });
}
