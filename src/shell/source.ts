/** The step `source`: the job's files are fetched on the login node, by Git or as one download. */
import { renderClone } from './clone.js';
import { renderDownload } from './download.js';
import { renderItem } from './items.js';
import { quote } from './quote.js';
import { renderStepHead, script, type Step } from './script.js';
import { SOURCE_CODES } from './source-codes.js';

/** Bytes that a download may have. */
export const DOWNLOAD_BYTES = 10 * 1024 ** 3;
/** Seconds without a sign of life until a host counts as unreachable. */
const PATIENCE_SECONDS = 60;

type RemoteSource =
  /** http, https, ssh, file, or `user@host:path`; at a branch, tag or commit. */
  | { readonly kind: 'git'; readonly url: string; readonly ref?: string }
  /** http or https. */
  | { readonly kind: 'url'; readonly url: string };

export interface SourceRequest extends Step {
  readonly source: RemoteSource;
  /** Default: {@link DOWNLOAD_BYTES}. */
  readonly maxDownloadBytes?: number;
  /** Default: 60. */
  readonly patienceSeconds?: number;
}

/**
 * Runs `setup` (item -1), then fetches into the working directory (item 0). Exits with one of {@link SOURCE_CODES}, or
 * as Git did. Leaves in `<jobDirectory>/.sluice/told`: of a clone `commit` and `url`, of a download `download`:
 * `SHA256 SIZE NAME`. Killed and run again, it goes on.
 * @throws {TypeError} for an address that is not to be given to Git or to a download
 */
export function renderSource(request: SourceRequest): string {
  const { jobDirectory, workingDirectory, setup, source } = request;
  return script([
    ...renderStepHead({ ...request, name: 'source' }, 'before the job is submitted'),
    ...setup.flatMap((item) => renderItem(item, -1)),
    'sluice_item=0',
    "set +euCx; IFS=$' \\t\\n'; unalias -a # whatever setup left",
    `cd ${quote(workingDirectory)} || exit 1`,
    `sluice_told=${quote(`${jobDirectory}/.sluice/told`)}`,
    `sluice_new=${quote(`${jobDirectory}/.sluice/source`)} # what is not whole yet`,
    `sluice_patience=${request.patienceSeconds ?? PATIENCE_SECONDS}`,
    'mkdir -p "$sluice_told" || exit 1',
    ...COMMON,
    '',
    ...(source.kind === 'git'
      ? renderClone(source.url, source.ref)
      : renderDownload(source.url, request.maxDownloadBytes ?? DOWNLOAD_BYTES)),
    'rm -rf "$sluice_new" "$sluice_new.said" "$sluice_new.head"',
    'exit 0',
  ]);
}

const COMMON: readonly string[] = [
  'sluice_stop() { # CODE WORDS',
  '  echo "sluice: $2" >&2',
  '  exit "$1"',
  '}',
  'sluice_tell() { # NAME TEXT: for the near half; whole or not at all',
  '  printf \'%s\\n\' "$2" >|"$sluice_told/.$1" && mv -f "$sluice_told/.$1" "$sluice_told/$1" ||',
  '    sluice_stop 1 "$sluice_told cannot be written"',
  '}',
  'sluice_said() { # PATTERN: in what the program said last',
  '  grep -Eqi "$1" "$sluice_new.said"',
  '}',
  'sluice_in_the_way() { # FILE',
  `  sluice_stop ${SOURCE_CODES.inTheWay} "$1 stands there already, sent with the job; nothing was overwritten"`,
  '}',
];
