/** A clone on the login node: bash for the step `source`. */
import { type Address, readAddress, splitUserinfo } from './address.js';
import { BROKEN_OFF, REFUSED, UNREACHABLE } from './git-words.js';
import { quote } from './quote.js';
import { SOURCE_CODES } from './source-codes.js';

/** @throws {TypeError} for an address that Git must not be given */
export function renderClone(url: string, ref = ''): string[] {
  const address = readAddress(url, ['https', 'http', 'ssh', 'file', 'scp']);
  // What stands elsewhere must not name files of this machine as its submodules; what stands on this machine may.
  const protocols = ['https', 'http', 'ssh', 'git', ...(address.scheme === 'file' ? ['file'] : [])];
  return [
    `sluice_url=${quote(address.url)} sluice_ref=${quote(ref)}`,
    'sluice_git=(git -c gc.auto=0 -c maintenance.auto=false -c advice.detachedHead=false -c clone.defaultRemoteName=origin)',
    ...renderCredentials(address),
    `export GIT_ALLOW_PROTOCOL=${protocols.join(':')} GIT_TERMINAL_PROMPT=0 LC_ALL=C`,
    'export GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=$sluice_patience',
    'unset ${!GIT_TRACE*} GIT_CURL_VERBOSE GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_NAMESPACE',
    ...FUNCTIONS,
    ...CLONE,
  ];
}

/** Git asks for them when the host does: they stand in no argument, in no log, and not in the clone's settings. */
function renderCredentials({ userinfo, origin }: Address): string[] {
  if (userinfo === '') return [];
  const { login, password } = splitUserinfo(userinfo);
  const helper =
    '!f() { [ "$1" != get ] || printf "username=%s\\npassword=%s\\n" "$SLUICE_LOGIN" "$SLUICE_PASSWORD"; }; f';
  return [
    `export SLUICE_LOGIN=${quote(login)} SLUICE_PASSWORD=${quote(password)}`,
    `sluice_git+=(-c ${quote(`credential.${origin}.helper=${helper}`)})`,
  ];
}

const FUNCTIONS: readonly string[] = [
  'sluice_run() { # COMMAND…: what it says is kept, and said',
  '  "$@" </dev/null 2>|"$sluice_new.said"',
  '  local code=$?',
  '  cat "$sluice_new.said" >&2',
  '  return "$code"',
  '}',
  'sluice_failed_git() { # CODE: what happened, by its words',
  `  if [ "$1" = 124 ] || sluice_said ${quote(UNREACHABLE)}; then`,
  `    sluice_stop ${SOURCE_CODES.unreachable} "$sluice_url cannot be reached from $HOSTNAME, or does not answer"`,
  `  elif sluice_said ${quote(REFUSED)}; then`,
  `    sluice_stop ${SOURCE_CODES.refused} "$sluice_url, or a submodule of it, does not exist, or is refused to you on $HOSTNAME"`,
  `  elif sluice_said ${quote(BROKEN_OFF)}; then`,
  `    sluice_stop ${SOURCE_CODES.unreachable} "the connection to $sluice_url broke off"`,
  '  fi',
  '  exit "$1"',
  '}',
  'sluice_into() { # look|move FROM TO: what is in FROM stands in TO; nothing is overwritten',
  '  local entry to',
  '  for entry in "$2"/*; do',
  '    to=$3/${entry##*/}',
  '    if [ -d "$entry" ] && [ ! -L "$entry" ] && [ -d "$to" ] && [ ! -L "$to" ]; then',
  '      sluice_into "$1" "$entry" "$to"',
  '    elif [ -e "$to" ] || [ -L "$to" ]; then',
  '      sluice_in_the_way "$to"',
  '    elif [ "$1" = move ]; then',
  '      mv -- "$entry" "$to" || exit 1',
  '    fi',
  '  done',
  '}',
  'sluice_hash() { # NAME',
  '  command git rev-parse --verify --quiet "$1^{commit}"',
  '}',
  'sluice_commit() { # the hash of $sluice_ref: a branch before a tag before a commit',
  '  sluice_hash "refs/remotes/origin/$sluice_ref" || sluice_hash "refs/tags/$sluice_ref" && return',
  '  [[ $sluice_ref =~ ^[0-9a-fA-F]{4,64}$ ]] && sluice_hash "$sluice_ref" && return',
  '  # on no branch: asked for by its name',
  '  sluice_run command "${sluice_git[@]}" fetch --quiet -- origin "$sluice_ref" >&2 && sluice_hash FETCH_HEAD',
  '}',
  'sluice_no_ref() {',
  `  sluice_said 'remote ref|our ref|unadvertised' || ! sluice_said ${quote(`${UNREACHABLE}|${BROKEN_OFF}`)} || sluice_failed_git 128`,
  `  sluice_stop ${SOURCE_CODES.refused} "$sluice_url has no branch, tag or commit $sluice_ref"`,
  '}',
  'sluice_check_out() { # in the clone; sluice_head: the commit',
  '  if [ -z "$sluice_ref" ]; then',
  '    sluice_head=$(sluice_hash HEAD) ||',
  `      sluice_stop ${SOURCE_CODES.refused} "$sluice_url has no commit, or its HEAD names none"`,
  '    set -- reset --quiet --hard',
  '  else',
  '    sluice_head=$(sluice_commit) || sluice_no_ref',
  '    set -- checkout --quiet --detach "$sluice_head" --',
  '    if sluice_hash "refs/remotes/origin/$sluice_ref" >/dev/null; then',
  '      set -- checkout --quiet -B "$sluice_ref" "refs/remotes/origin/$sluice_ref" --',
  '    fi',
  '  fi',
  '  sluice_run command "${sluice_git[@]}" "$@" || sluice_failed_git $?',
  '  sluice_run command "${sluice_git[@]}" submodule --quiet update --init --recursive || sluice_failed_git $?',
  '}',
];

const CLONE: readonly string[] = [
  `command -v git >/dev/null 2>&1 || sluice_stop ${SOURCE_CODES.noTool} "there is no git on $HOSTNAME; does setup need to load a module?"`,
  'if [ -z "${GIT_SSH_COMMAND-}${GIT_SSH-}" ] && ! command git config --get core.sshCommand >/dev/null 2>&1; then',
  '  export GIT_SSH_COMMAND="ssh -o BatchMode=yes -o ConnectTimeout=$(((sluice_patience + 1) / 2)) -o ServerAliveInterval=15 -o ServerAliveCountMax=3"',
  'fi',
  'shopt -s dotglob nullglob',
  '# The commit is told when the clone is whole; from then on its files take their places.',
  'if [ ! -e "$sluice_told/commit" ]; then',
  '  rm -rf "$sluice_new"',
  '  # A clone gives up a host that is silent from the start only after many minutes.',
  '  sluice_limit=(command)',
  '  if command -v timeout >/dev/null 2>&1; then sluice_limit=(timeout "$sluice_patience"); fi',
  '  sluice_run "${sluice_limit[@]}" "${sluice_git[@]}" ls-remote -- "$sluice_url" HEAD >/dev/null || sluice_failed_git $?',
  '  sluice_run command "${sluice_git[@]}" clone --no-checkout -- "$sluice_url" "$sluice_new" || sluice_failed_git $?',
  '  cd "$sluice_new" || exit 1',
  '  sluice_check_out',
  '  cd "$OLDPWD" || exit 1',
  '  sluice_into look "$sluice_new" "$PWD"',
  '  sluice_tell url "$sluice_url"',
  '  sluice_tell commit "$sluice_head"',
  'fi',
  '[ ! -d "$sluice_new" ] || sluice_into move "$sluice_new" "$PWD"',
  'echo "sluice: $sluice_url is here, at commit $(cat "$sluice_told/commit")"',
];
