/** What the words of a failed login mean for the next attempt. Pure. */
import { TransportFailure, type TransportFailureKind } from '../ports.js';
import { addressOf, type Login, tryCommand } from './words.js';

/** What is known of a master of our own that did not come about. */
export interface FailedLogin {
  readonly login: Login;
  /** All that ssh said, the server's banner among it. */
  readonly stderr: string;
  /** Its time was over: milliseconds. */
  readonly lateAfterMs?: number;
  /** What could not be used of keys and certificates, in words. */
  readonly notes: readonly string[];
  /** Where a person's own master would be; undefined where none can be. */
  readonly door?: { readonly socket: string; readonly command: string; readonly wasThere: boolean };
  /** known_hosts, or what stands for it. */
  readonly known: string;
}

type Meaning = Exclude<TransportFailureKind, 'busy'>;

/**
 * ssh's own sentences, whole lines of them: a banner may say anything. In this order: what a host to jump through said is
 * followed by a closed connection.
 */
const RULES: readonly (readonly [RegExp, Meaning])[] = [
  [/^\S+: Permission denied \([\w,-]*\)\.?$/, 'login-refused'],
  [/Too many authentication failures\.?$/, 'login-refused'],
  [
    /^(Received disconnect|Disconnected) from .*: No supported authentication methods available/,
    'login-refused',
  ],
  [/\b(account|password) has expired\b/i, 'login-refused'],
  [/^Host key verification failed\.?$/, 'host-key'],
  [
    /^(No \S+ host key is known for|Host key for \S+ (has changed|is revoked|was revoked)|REVOKED HOST KEY)/,
    'host-key',
  ],
  [
    /^(Unable to negotiate with|no matching) .*no matching|^no matching (host key|key exchange|cipher|mac)/i,
    'misconfigured',
  ],
  [/Bad configuration option|Bad owner or permissions|terminating, \d+ bad configuration/, 'misconfigured'],
  [
    /^(unix_listener|ControlPath|muxserver_listen)\b.*(too long|Permission denied|not permitted)/i,
    'misconfigured',
  ],
  [/^command-line: line \d+: /, 'misconfigured'],
];

export function readFailure(failed: FailedLogin): TransportFailure {
  const lines = failed.stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  for (const [form, kind] of RULES) {
    const line = lines.find((each) => form.test(each));
    if (line !== undefined) return new TransportFailure(kind, WORDS[kind](failed, line, lines));
  }
  return new TransportFailure('unreachable', WORDS.unreachable(failed, lines.at(-1) ?? '', lines));
}

const WORDS: Readonly<
  Record<Meaning, (failed: FailedLogin, line: string, lines: readonly string[]) => string>
> = {
  unreachable: unreachableWords,
  'login-refused': refusedWords,
  'host-key': hostKeyWords,
  misconfigured: ({ login }, line) =>
    `your ssh cannot go to ${addressOf(login)}: ${plain(line)}. Try: ${tryCommand(login)}`,
};

function unreachableWords({ login, lateAfterMs }: FailedLogin, line: string): string {
  if (lateAfterMs === undefined) {
    return `${addressOf(login)} cannot be reached: ${line === '' ? 'ssh gave no reason' : plain(line)}`;
  }
  const last = line === '' ? '' : `; ssh said: ${plain(line)}`;
  return `${addressOf(login)} cannot be reached: no login within ${lateAfterMs / 1000} s${last}`;
}

function refusedWords({ login, notes, door }: FailedLogin, line: string): string {
  const address = addressOf(login);
  const not = notes.length > 0 ? ` Not used: ${notes.join('; ')}.` : '';
  // ssh names the host: it may be one to jump through.
  const refused = `the login at ${address} was refused: ${plain(line)}.${not}`;
  const alone = `Nobody is asked for a passphrase here: an encrypted key must be in the agent (ssh-add FILE). Try: ${tryCommand(login)}`;
  if (door === undefined) {
    return `${refused} ${alone} . Where the site wants a second factor or a password, give the host a shorter ControlPath in ~/.ssh/config and open it with: ssh -M -f -N ${login.host}`;
  }
  const master = door.wasThere
    ? `The ControlMaster at ${door.socket} is gone`
    : `There is no ControlMaster at ${door.socket}`;
  return `${refused} ${master}: where the site wants a second factor or a password, open it yourself, and Sluice goes on by itself: ${door.command} . ${alone}`;
}

function hostKeyWords({ login, known }: FailedLogin, line: string, lines: readonly string[]): string {
  const { hostname, port } = login.config;
  const at = lines.findIndex((each) =>
    /^The fingerprint for the .* key sent by the remote host is$/.test(each),
  );
  const shown = at < 0 ? '' : ` It showed ${(lines[at + 1] ?? '').replace(/\.$/, '')}.`;
  const said = lines.filter((each) => /^(No \S+ host key is known|Host key for|Offending)/.test(each));
  const words = (said.length > 0 ? said : [line]).map(plain).join('; ');
  const hasChanged = lines.some((each) => each.includes('REMOTE HOST IDENTIFICATION HAS CHANGED'));
  const advice = hasChanged
    ? 'Someone may be in between, or the host was installed anew: ask its administrators.'
    : '';
  const scan = `ssh-keyscan -p ${port} ${hostname}`;
  return (
    `the host key of ${hostname} (port ${port}), or of a host to jump through, is not the one in ${known}: ${words}.${shown} ` +
    `${advice}${advice === '' ? '' : ' '}Show its keys: ${scan} | ssh-keygen -lf - . If that is what the site publishes, ` +
    'add it to ~/.ssh/known_hosts, or "type base64" as host_key of the cluster in clusters.yaml.'
  );
}

/** Without the full stop, as more follows. */
const plain = (line: string): string => line.replace(/\.$/, '');
