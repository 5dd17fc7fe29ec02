# shellcheck shell=sh
# The part of the wrapper that speaks with Slurm. See README.md beside this file.

# Submissions at once: what a person with a few terminals asks of a controller.
wm_lanes() { sl_lanes=4; }

# $sl_id on success; 1 with words for a refusal; 2 when sbatch's answer leaves open what the controller did.
wm_submit() {
  shift
  sbatch --parsable "$@" "$sl_jobdir/.sluice/script" >"$sl_tmp/out" 2>"$sl_tmp/err" </dev/null
  sl_code=$?
  IFS= read -r sl_id <"$sl_tmp/out" || :
  case $sl_code:$sl_id in
  0:[0-9]*) return 0 ;;
  0:*) return 2 ;;
  esac
  # 126, 127: there was no sbatch to ask. When the exchange with the controller broke off, it may have been heard. The
  # near half has the same words: UNANSWERED in src/slurm/refusal.ts.
  sl_unanswered='timed out|zero bytes were transmitted|message (receive|send) failure'
  sl_unanswered="$sl_unanswered|unable to contact slurm controller \\((send|receive|shutdown) failure\\)"
  sl_unanswered="$sl_unanswered|communication (shutdown|connection) failure|connection reset|broken pipe|transport endpoint"
  sl_unanswered="$sl_unanswered|insane message length|unexpected message received|header lengths are longer"
  sl_unanswered="$sl_unanswered|unspecified error|slurm_persist|send/recv"
  if grep -Eqi "$sl_unanswered" "$sl_tmp/err"; then return 2; fi
  [ "$sl_code" -lt 128 ] || return 2
  return 1
}

# One squeue; one sacct per 5,000 of our jobs that it does not show as live; the marks of those.
wm_observe() {
  sl_us=$(printf '\037')
  sl_reply=$(SLURM_TIME_FORMAT=%s SLURM_BITSTR_LEN=0 squeue -h -u "$(id -un)" -t all -o "%i$sl_us%T$sl_us%r$sl_us%V$sl_us%j" 2>&1)
  sl_code=$?
  if [ "$sl_code" -ne 0 ]; then
    sl_frame queue "$sl_code"
    printf '%s\n' "$sl_reply" | sed "s/^/@$sl_nonce ! /"
    sl_frame accounting none
    return 0
  fi
  sl_frame queue 0
  [ -z "$sl_reply" ] || printf '%s\n' "$sl_reply" | sed "s/^/@$sl_nonce | /"
  case $sl_may_write$sl_nameless in '1 '?*) sl_adopt_queued ;; esac
  sl_ended=$(sl_ended_tokens)
  sl_ids=
  for sl_token in $sl_ended; do
    sl_exits "$sl_token"
    sl_id_word
    case $sl_job in [0-9]*) sl_ids="$sl_ids ${sl_job%%;*}" ;; esac
  done
  if [ "$1" = 1 ] && [ -n "$sl_ids" ]; then
    sl_account
  else
    sl_frame accounting none
  fi
}

# The rows of those that have no id on disk.
sl_adopt_queued() {
  printf '%s\n' "$sl_reply" | awk -F "$sl_us" -v nameless="$sl_nameless" '
    index(nameless, " " $5 " ") && !told[$5]++ { sub(/[_+].*/, "", $1); print $5, $1 }' |
    while IFS=' ' read -r sl_token sl_id; do sl_adopt "$sl_token" "$sl_id"; done
}

# Our tokens with an id that the queue does not show in a live state. Arrays that are still running are among them
# too when the queue shows only part of them: their ended tasks are told by accounting and marks.
sl_ended_tokens() {
  {
    printf '%s\n' "$sl_reply" | awk -F "$sl_us" '
      $2 == "" || $2 ~ /^(BOOT_FAIL|CANCELLED.*|COMPLETED|DEADLINE|FAILED|NODE_FAIL|OUT_OF_ME.*|PREEMPTED|TIMEOUT|REVOKED)$/ { next }
      $1 !~ /_/ { print "live", $1 }'
    (cd "$sl_inst/jobs" 2>/dev/null && find . -type f -exec awk '
      FNR == 1 && $1 ~ /^[0-9]/ { sub(/;.*/, "", $1); print "ours", $1, substr(FILENAME, 3) }' {} +)
    for sl_token in $sl_nameless; do
      sl_id_word
      case $sl_job in [0-9]*) printf 'ours %s %s\n' "${sl_job%%;*}" "$sl_token" ;; esac
    done
  } | awk '$1 == "live" { live[$2] = 1 } $1 == "ours" && !($2 in live) && !told[$3]++ { print $3 }'
}

sl_account() {
  sl_fields=JobID,JobIDRaw,State,ExitCode,Submit,Start,End,Elapsed,NodeList,NNodes,NCPUS,CPUTime,ReqTRES,AllocTRES,WorkDir,JobName
  sl_code=0
  sl_reply=$(
    # shellcheck disable=SC2086 # ids have no blanks
    printf '%s\n' $sl_ids | xargs -n 5000 | while IFS= read -r sl_part; do
      SLURM_TIME_FORMAT=%s sacct -X -P -n --delimiter="$sl_us" -o "$sl_fields" -j "$(printf '%s' "$sl_part" | tr ' ' ,)" 2>&1 || exit
    done
  ) || sl_code=$?
  sl_frame accounting "$sl_code"
  [ -z "$sl_reply" ] || {
    [ "$sl_code" -eq 0 ] && sl_bar='|' || sl_bar='!'
    printf '%s\n' "$sl_reply" | sed "s/^/@$sl_nonce $sl_bar /"
  }
}

# Both must match, the id and the token: nothing else is ever cancelled.
wm_cancel() { scancel --user="$(id -un)" --name="$1" "${2%%;*}" >"$sl_tmp/err" 2>&1; }

wm_forget() { :; }

wm_check() {
  for sl_name in sbatch squeue scancel sinfo; do
    if ! command -v "$sl_name" >/dev/null 2>&1; then
      sl_frame check "$sl_name" fail "is not on the PATH of this login; does it need login_shell: true?"
      return 0
    fi
  done
  sl_frame check slurm ok "$(sinfo -V 2>&1)"
  if sl_reply=$(squeue -h -u "$(id -un)" 2>&1); then
    sl_frame check controller ok "answers"
  else
    sl_frame check controller fail "$(printf '%s' "$sl_reply" | tr '\n' ' ')"
  fi
  if sl_reply=$(sacct -n -X -j 1 2>&1); then
    sl_frame check accounting ok "answers"
  else
    sl_frame check accounting warn "$(printf '%s' "$sl_reply" | tr '\n' ' '); the queue and the jobs' own marks tell what became of them"
  fi
}

# NAME [ID]: where the doctor's job stands, found by its name, so that a lost reply of sbatch hides nothing.
wm_probe() {
  if ! sl_reply=$(squeue -h -u "$(id -un)" -n "$1" -t all -o '%i %T n=%N %r' 2>&1); then
    sl_frame probe - SILENT n= "$(printf '%s' "$sl_reply" | tr '\n' ' ')"
    return 0
  fi
  sl_reply=$(printf '%s\n' "$sl_reply" | tail -n 1)
  sl_frame probe "${sl_reply:-- GONE n= -}"
}
