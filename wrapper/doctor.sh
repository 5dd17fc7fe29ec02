# shellcheck shell=sh
# The doctor: what is there on this login, and a job of a minute that proves the compute nodes. See README.md beside this file.

sluice_check() {
  for sl_name in tar gzip sed awk find xargs ln mv sort comm; do
    command -v "$sl_name" >/dev/null 2>&1 || sl_frame check "$sl_name" fail "is not on the PATH of this login"
  done
  if printf '' | sl_sha256 >/dev/null 2>&1; then
    sl_frame check sha256 ok "there is a SHA-256 tool"
  else
    sl_frame check sha256 fail "none of sha256sum, shasum, openssl is there"
  fi
  sl_check_directory claims_dir "$sl_claims"
  sl_check_directory work_dir "$sl_work"
  sl_check_quota
  wm_check
}

sl_check_directory() { # NAME DIRECTORY
  if ! (mkdir -p "$2" && : >"$2/.probe.$sl_nonce" && rm -f "$2/.probe.$sl_nonce") 2>/dev/null; then
    sl_frame check "$1" fail "$2 cannot be written; is the disk full, or the quota used up? Otherwise name another in clusters.yaml"
    return 0
  fi
  sl_frame check "$1" ok "$2 can be written"
  sl_frame space "$1" "$(sl_available -k "$2")" "$(sl_available -i "$2")"
}

# What is left, in KiB or inodes: the word before the percentage; `-` where it is not told.
sl_available() {
  sl_word=$(df -P "$1" "$2" 2>/dev/null |
    awk 'NR > 1 { for (i = NF; i > 1; i--) if ($i ~ /^[0-9]+%$/) { print $(i - 1); exit } }')
  case $sl_word in '' | *[!0-9]*) sl_word=- ;; esac
  printf '%s\n' "$sl_word"
}

# A server that does not answer must not hold the rest up.
sl_check_quota() {
  command -v quota >/dev/null 2>&1 || return 0
  sl_patient=
  ! command -v timeout >/dev/null 2>&1 || sl_patient='timeout 10'
  # shellcheck disable=SC2086 # words, or none
  sl_reply=$($sl_patient quota -w 2>/dev/null </dev/null)
  sl_frame quota $?
  [ -z "$sl_reply" ] || printf '%s\n' "$sl_reply" | sed "s/^/@$sl_nonce | /"
}

# ---------------------------------------------------------------- the job of a minute

# It has a directory of its own beside those of the attempts, and no claim: no pass takes it for anything.
sl_probe_begin() {
  case $1 in
  sluice-probe-*[!A-Za-z0-9-]* | sluice-probe-) return 1 ;;
  sluice-probe-*) ;;
  *) return 1 ;;
  esac
  sl_jobdir=$sl_work/$1 sl_kept=$sl_tmp sl_tmp=$sl_work/$1/.sluice/tmp
  mkdir -p "$sl_tmp" "$sl_jobdir/work" "$sl_jobdir/logs" 2>/dev/null && return 0
  sl_frame fault probe "$sl_jobdir cannot be made"
  sl_tmp=$sl_kept
  return 1
}

sluice_probe() { # NAME SCRIPT ARGUMENT…
  sl_probe_sweep
  sl_probe_begin "$1" || return 0
  sl_name=$1
  printf '%s' "$2" >"$sl_jobdir/.sluice/script" && chmod 755 "$sl_jobdir/.sluice/script"
  shift 2
  sl_id='' sl_code=0
  : >"$sl_tmp/err"
  wm_submit "$sl_name" "$@"
  case $? in
  0) sl_frame probing "$sl_id" ;;
  1) sl_frame refused "$sl_name" "$sl_code" ;;
  *) sl_frame unknown "$sl_name" "$sl_code" ;;
  esac
  sl_errors "$sl_tmp/err"
  sl_tmp=$sl_kept
}

# Those of a day ago, whose process was killed. NAME is sluice-probe-EPOCH-NONCE.
sl_probe_sweep() {
  for sl_file in "$sl_work"/sluice-probe-*; do
    sl_word=${sl_file##*/sluice-probe-}
    sl_word=${sl_word%%-*}
    case $sl_word in '' | *[!0-9]*) continue ;; esac
    [ $((sl_word + 86400)) -ge "$sl_clock" ] || rm -rf "$sl_file"
  done
}

sluice_probe_look() { # NAME ID
  sl_probe_begin "$1" || return 0
  wm_probe "$1" "$2"
  # A listing asks the file server anew, where a look-up would be answered from memory.
  ls "$sl_jobdir/.sluice" "$sl_jobdir/logs" >/dev/null 2>&1
  sl_frame said
  sl_text "$sl_jobdir/logs/stdout"
  sl_errors "$sl_jobdir/logs/stderr"
  if { IFS=' ' read -r sl_code sl_item sl_rest <"$sl_jobdir/.sluice/exit.0"; } 2>/dev/null; then
    sl_frame left "$sl_code" "$sl_item"
  fi
  sl_tmp=$sl_kept
}

# Wherever it stands: nothing of it stays.
sluice_probe_end() { # NAME ID
  sl_probe_begin "$1" || return 0
  if [ "$2" != - ]; then
    wm_cancel "$1" "$2"
    wm_forget "$1" "$2"
  fi
  sl_tmp=$sl_kept sl_count=0
  # What still ends there may write a last line.
  while ! rm -rf "$sl_jobdir" 2>/dev/null && [ "$sl_count" -lt 5 ]; do
    sl_count=$((sl_count + 1))
    sleep 1
  done
  if [ -e "$sl_jobdir" ]; then sl_frame fault probe "$sl_jobdir could not be removed"; else sl_frame probed; fi
}
