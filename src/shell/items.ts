/** What every script of the user's has in common: the guard, the environment, and the items in one shell. */
import { quote } from './quote.js';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Bash that names the item that failed, however the script ends: by an item's exit code, by `exit` in it, by the
 * user's own `set -e`, by TERM. It needs a function `sluice_leave CODE` to write that down.
 *
 * The user's own `trap … EXIT` runs inside ours instead of replacing it, hence the function of that name; in
 * subshells, and for all other signals, it is the shell's own.
 */
export const GUARD: readonly string[] = [
  'sluice_item=0 sluice_their_exit=',
  'trap() { # an EXIT trap of the items runs inside ours instead of replacing it',
  '  if [ "$BASH_SUBSHELL" != 0 ] || [ $# -lt 2 ]; then builtin trap "$@"; return; fi',
  '  local action=$1 signal others=()',
  '  if [ "$1" = -- ]; then action=$2; shift; elif [[ $1 = -[lp]* ]]; then builtin trap "$@"; return; fi',
  '  shift',
  '  for signal; do',
  '    case $signal in',
  '      EXIT | exit | 0) if [ "$action" = - ]; then sluice_their_exit=; else sluice_their_exit=$action; fi ;;',
  '      *) others+=("$signal") ;;',
  '    esac',
  '  done',
  '  [ ${#others[@]} = 0 ] || builtin trap -- "$action" "${others[@]}"',
  '}',
  'sluice_end() { # at every end: an item failed, `exit`, `set -e`, TERM, or all is done',
  '  local code=$?',
  '  sluice_leave "$code" # before their trap too, which may itself end the shell',
  '  [ -n "$sluice_their_exit" ] || exit "$code"',
  '  set +e',
  '  (exit "$code")',
  '  eval "$sluice_their_exit"',
  '}',
  "builtin trap 'sluice_end' EXIT",
  "builtin trap 'exit 143' TERM",
  'sluice_check() {',
  '  [ "$1" = 0 ] || exit "$1"',
  '}',
];

/**
 * `export` lines; values are taken literally.
 * @throws {TypeError} for a name that is no variable of a shell
 */
export function renderEnvironment(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([name, value]) => {
    if (!VARIABLE.test(name)) {
      throw new TypeError(
        `${JSON.stringify(name)} is no name for an environment variable: letters, digits and _`,
      );
    }
    return `export ${name}=${quote(value)}`;
  });
}

/**
 * The items, each at top level of the same shell: `cd`, variables, functions, `set` and `trap` stay in force for the
 * next one. Items of `setup` count as -1, the others from 1.
 */
export function renderItems(setup: readonly string[], items: readonly string[]): string[] {
  return [
    ...setup.flatMap((item) => renderItem(item, -1)),
    ...items.flatMap((item, index) => renderItem(item, index + 1)),
    'sluice_item=0',
    'exit 0',
  ];
}

export function renderItem(item: string, number: number): string[] {
  // CRLF comes from files that were edited on Windows; bash would take the CR for part of the last word.
  // The newline ends a here-document whose last line is the last of the item.
  const text = item.replaceAll('\r\n', '\n').replace(/\n*$/, '\n');
  const quoted = text.indexOf('\n') === text.length - 1 ? quote(text.slice(0, -1)) : quote(text);
  return [`sluice_item=${number}`, `eval ${quoted}`, 'sluice_check $?'];
}
