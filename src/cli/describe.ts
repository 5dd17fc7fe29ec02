import { withApp } from './facade.js';
import type { Context } from './context.js';
import { EXIT } from './exit.js';
import { describeText } from './output/describe.js';
import { envelope, writeJson } from './output/json.js';
import { iso } from './output/time.js';
import { findRecord, outputsOf, viewOf } from './targets.js';

export interface DescribeFlags {
  readonly output?: 'json';
}

/** All that the state knows about one job. */
export function describe(at: Context, target: string, flags: DescribeFlags): Promise<number> {
  return withApp(at, 'read', async (app) => {
    const record = findRecord(app, target);
    const script = record.attempts.at(-1)?.script ?? app.scriptOf(record);
    const events = app.store.events.ofRun(record.run.uuid);
    const view = viewOf(app, record);
    if (flags.output === 'json') {
      const told = events.map(({ at: when, ...event }) => ({ ...event, at: iso(when) }));
      writeJson(at.out, envelope([{ ...view, events: told, script: script ?? null }]));
      return EXIT.done;
    }
    const { stringify } = await import('yaml');
    at.out.write(
      describeText({
        record,
        events,
        outputs: outputsOf(app, record),
        modules: app.store.moduleRuns.ofRun(record.run.uuid),
        script,
        waiting: app.store.waiting.all().filter(({ name }) => name === record.run.name),
        manifest: stringify(view.user_input, { aliasDuplicateObjects: false }),
        root: at.directory,
        now: at.now(),
        paint: at.out.paint,
      }),
    );
    return EXIT.done;
  });
}
