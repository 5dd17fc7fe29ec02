import type { Context } from './context.js';
import type { DecisionFlags } from './decide.js';
import { EXIT } from './exit.js';
import { withApp } from './facade.js';
import { UsageError } from './failures.js';

/** Says yes to what a plan has shown under this digest; the next pass does it. */
export async function approve(
  at: Context,
  digest: string,
  { reason = 'approved on the command line' }: Pick<DecisionFlags, 'reason'>,
): Promise<number> {
  if (!/^[0-9a-f]{12}$/.test(digest))
    throw new UsageError(`"${digest}" is no digest: it has twelve digits, as "sluice plan" shows it`);
  const request = { kind: 'approve', digest, reason, actor: 'command line', at: at.now() } as const;
  const { LeaseBusy } = await import('../refusals.js');
  try {
    return await withApp(at, 'write', (app) => {
      app.decide(request);
      at.out.line(`approved ${digest}; to do it: sluice reconcile --once`);
      return Promise.resolve(EXIT.done);
    });
  } catch (error) {
    if (!(error instanceof LeaseBusy)) throw error;
    const { who } = error;
    return withApp(at, 'read', (app) => {
      app.ask(request);
      at.out.line(`approval of ${digest} asked of ${who}, which does it at the beginning of its next pass`);
      return Promise.resolve(EXIT.done);
    });
  }
}
