import { assertDirectory, type Context } from './context.js';
import { EXIT } from './exit.js';
import { UsageError } from './failures.js';

export interface ServeFlags {
  readonly listen?: string;
  /** False with `--no-http`. */
  readonly http?: boolean;
  readonly log?: 'json' | 'pretty';
}

/** Passes for ever, the API and the page. Ends by SIGTERM (0) or SIGINT (130), after what is under way. */
export async function serve(at: Context, flags: ServeFlags): Promise<number> {
  assertDirectory(at);
  at.endsByItself();
  const listen = flags.http === false ? 'none' : listenAt(flags.listen);
  const [{ serve: run }, { createLog }] = await Promise.all([
    import('../daemon/serve.js'),
    import('../daemon/log.js'),
  ]);
  const { verbose, quiet, err } = at;
  const format = flags.log ?? (err.interactive ? 'pretty' : 'json');
  const log = await createLog({ format, verbose, quiet, colour: err.paint.isColorSupported });
  const term = new AbortController();
  process.once('SIGTERM', () => term.abort());
  let reload: () => void = () => undefined;
  process.on('SIGHUP', () => reload());
  await run({
    directory: at.directory,
    env: at.env,
    log,
    signal: AbortSignal.any([at.signal, term.signal]),
    onReload: (call) => (reload = call),
    ...(listen === undefined ? {} : { listen }),
  });
  return EXIT.done;
}

/** @throws {UsageError} */
function listenAt(text: string | undefined): { readonly host: string; readonly port: number } | undefined {
  if (text === undefined) return undefined;
  const [, host = '', port = ''] = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === '' || Number(port) > 65_535)
    throw new UsageError(
      `--listen takes an address and a port, as 127.0.0.1:7676; not ${JSON.stringify(text)}`,
    );
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}
