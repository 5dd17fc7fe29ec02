/** A download on the login node: bash for the step `source`. */
import { downloadName, readAddress, splitUserinfo } from './address.js';
import { quote } from './quote.js';
import { SOURCE_CODES } from './source-codes.js';

/** @throws {TypeError} for an address that is not to be downloaded */
export function renderDownload(url: string, maxBytes: number): string[] {
  const { url: address, userinfo } = readAddress(url.replace(/#.*$/s, ''), ['https', 'http']);
  const { login, password } = splitUserinfo(userinfo);
  const at = userinfo === '' ? '' : `${userinfo}@`;
  return [
    `sluice_shown=${quote(address.replace(/\?.*$/s, ''))} # a query may hold a signature`,
    `sluice_name=${quote(downloadName(address))} sluice_most=${maxBytes}`,
    '# On standard input: what stands among the arguments of a program, every user of this machine can read.',
    `sluice_curl_words=${quote(curlWords(address, userinfo === '' ? '' : `${login}:${password}`))}`,
    `sluice_wget_words=${quote(address.replace('://', () => `://${at}`))}`,
    ...CURL,
    ...WGET,
    ...READ,
    ...DOWNLOAD,
  ];
}

function curlWords(url: string, user: string): string {
  const word = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
  return [`url = ${word(url)}`, ...(user === '' ? [] : [`user = ${word(user)}`])].join('\n');
}

const CURL: readonly string[] = [
  'sluice_curl() {',
  '  printf \'%s\\n\' "$sluice_curl_words" | command curl --config - --globoff --silent --show-error --fail \\',
  "    --location --max-redirs 10 --proto '=http,https' --proto-redir '=http,https' --max-filesize \"$sluice_most\" \\",
  '    --connect-timeout "$(((sluice_patience + 1) / 2))" --speed-limit 100 --speed-time "$sluice_patience" \\',
  '    --dump-header "$sluice_new.head" 2>|"$sluice_new.said"',
  '}',
  'sluice_read_curl() { # CODE',
  '  case $1 in',
  '    63) sluice_too_large ;;',
  '    1 | 3 | 9 | 47 | 67) sluice_refused ;;',
  '    22) sluice_by_status ;;',
  '    5 | 6 | 7 | 16 | 18 | 28 | 35 | 52 | 55 | 56 | 60 | 77 | 92) sluice_unreachable ;;',
  '  esac',
  '  exit "$1"',
  '}',
];

/** Of GNU: others know no limits. By ftp it is sent to a proxy that is not there. */
const WGET: readonly string[] = [
  'sluice_wget() {',
  '  printf \'%s\\n\' "$sluice_wget_words" | command wget --no-verbose --server-response --tries=1 --max-redirect=10 \\',
  '    --timeout="$sluice_patience" -e use_proxy=on -e ftp_proxy=http://127.0.0.1:9/ --input-file=- --output-document=- \\',
  '    2>|"$sluice_new.said"',
  '  local code=$?',
  '  LC_ALL=C grep "^  " "$sluice_new.said" >|"$sluice_new.head"',
  '  return "$code"',
  '}',
  'sluice_read_wget() { # CODE',
  '  case $1 in',
  '    6) sluice_refused ;;',
  '    8) sluice_by_status ;;',
  '    1 | 4 | 5 | 7)',
  '      if grep -Ei "^ *location: *[a-z0-9+.-]+:" "$sluice_new.head" | grep -Eqiv "location: *https?:"; then sluice_refused; fi',
  '      sluice_unreachable',
  '      ;;',
  '  esac',
  '  exit "$1"',
  '}',
];

const READ: readonly string[] = [
  'sluice_unreachable() {',
  `  sluice_stop ${SOURCE_CODES.unreachable} "$sluice_shown cannot be fetched from $HOSTNAME: no answer, or it broke off"`,
  '}',
  'sluice_refused() {',
  `  sluice_stop ${SOURCE_CODES.refused} "$sluice_shown does not exist, or is refused\${sluice_status:+ (HTTP status $sluice_status)}"`,
  '}',
  'sluice_too_large() {',
  `  sluice_stop ${SOURCE_CODES.tooLarge} "$sluice_shown is larger than $sluice_most bytes, which is the limit"`,
  '}',
  'sluice_by_status() {',
  '  case $sluice_status in 407 | 408 | 429 | 5*) sluice_unreachable ;; *) sluice_refused ;; esac',
  '}',
  'sluice_last_answer() { # sluice_status sluice_length',
  "  read -r sluice_status sluice_length < <(LC_ALL=C awk '",
  '    { sub(/\\r$/, "") }',
  '    $1 ~ /^HTTP\\// { status = $2; size = "" }',
  '    tolower($1) == "content-length:" { size = $2 }',
  '    END { print status, size }',
  '  \' "$sluice_new.head")',
  '}',
  'sluice_sum() {',
  '  if command -v sha256sum >/dev/null 2>&1; then',
  '    sha256sum',
  '  elif command -v shasum >/dev/null 2>&1; then',
  '    shasum -a 256',
  '  else',
  '    openssl dgst -sha256 -r',
  '  fi',
  '}',
];

const DOWNLOAD: readonly string[] = [
  'if [ -e "$sluice_told/download" ] && [ -e "./$sluice_name" ]; then exit 0; fi # an earlier runner came this far',
  'if [ -e "./$sluice_name" ] || [ -L "./$sluice_name" ]; then sluice_in_the_way "$PWD/$sluice_name"; fi',
  'if command -v curl >/dev/null 2>&1; then',
  '  sluice_tool=curl',
  'elif command wget --version 2>/dev/null | grep -q GNU; then',
  '  sluice_tool=wget',
  'else',
  `  sluice_stop ${SOURCE_CODES.noTool} "there is neither curl nor GNU wget on $HOSTNAME; does setup need to load a module?"`,
  'fi',
  'rm -rf "$sluice_new"',
  ': >|"$sluice_new.head"',
  '"sluice_$sluice_tool" | head -c "$((sluice_most + 1))" >|"$sluice_new"',
  'sluice_codes=("${PIPESTATUS[@]}")',
  '# of what it said, nothing that a query or a login holds',
  'grep -v "^  " "$sluice_new.said" | sed -e "s|//[^/@ ]*@|//|g" -e "s|?[^ ]*||g" >&2',
  '[ "${sluice_codes[1]}" = 0 ] || sluice_stop 1 "$sluice_new cannot be written; is there room?"',
  'sluice_size=$(($(wc -c <"$sluice_new")))',
  'sluice_last_answer',
  '[ "$sluice_size" -le "$sluice_most" ] || sluice_too_large',
  '[ "${sluice_codes[0]}" = 0 ] || "sluice_read_$sluice_tool" "${sluice_codes[0]}"',
  '[ -z "$sluice_length" ] || [ "$sluice_length" = "$sluice_size" ] || sluice_unreachable',
  'sluice_digest=$(sluice_sum <"$sluice_new") || exit 1',
  'sluice_tell download "${sluice_digest%%[ *]*} $sluice_size $sluice_name"',
  'mv -- "$sluice_new" "./$sluice_name" || exit 1',
  'echo "sluice: $sluice_shown is here as $sluice_name, $sluice_size bytes"',
];
