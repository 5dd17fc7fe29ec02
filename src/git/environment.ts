/** What Git gets of this process's environment, and what it is told beside: no prompts, no transports but the known ones. */

type Environment = Readonly<Record<string, string | undefined>>;

/** The user's own settings, agent, tickets, proxies and certificates; nothing that moves Git's folders or writes traces. */
const PASSED = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR', 'TMPDIR', 'TZ'],
  ...['SSH_AUTH_SOCK', 'SSH_AGENT_PID', 'KRB5CCNAME', 'GIT_SSH', 'GIT_SSH_COMMAND', 'GIT_SSH_VARIANT'],
  ...['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE', 'DBUS_SESSION_BUS_ADDRESS', 'GNUPGHOME'],
  ...[
    'http_proxy',
    'https_proxy',
    'all_proxy',
    'no_proxy',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'ALL_PROXY',
    'NO_PROXY',
  ],
];
/** `GIT_CONFIG_COUNT` and its pairs: how CI systems hand over settings for one command. */
const CONFIG_PAIR = /^GIT_CONFIG_(COUNT|(KEY|VALUE)_\d+)$/;

/** @param schemes that Git may speak; a helper program such as `ext::` is never among them */
export function gitEnvironment(environment: Environment, schemes: readonly string[]): Record<string, string> {
  const names = [...PASSED, ...Object.keys(environment).filter((name) => CONFIG_PAIR.test(name))];
  const passed = names.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    LC_ALL: 'C',
    GIT_ALLOW_PROTOCOL: schemes.join(':'),
    // Nobody is there to answer: not at a terminal, not in a window.
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false',
    SSH_ASKPASS: 'false',
    SSH_ASKPASS_REQUIRE: 'force',
    GIT_HTTP_LOW_SPEED_LIMIT: '1000',
    GIT_HTTP_LOW_SPEED_TIME: '60',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
  };
}

/** How ssh is called where the user has not said how. */
export const QUIET_SSH =
  'ssh -o BatchMode=yes -o ConnectTimeout=30 -o ServerAliveInterval=15 -o ServerAliveCountMax=3';
