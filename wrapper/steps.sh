# shellcheck shell=sh
# Steps on the login node, under a small detached runner: those before the submission, and those after the job, a chain
# each. See README.md beside this file.
#
# The marks of the first chain stand in .sluice/, those of the second in .sluice/after/. They are made by link and removed
# by nobody; whoever comes later stands behind the dead one:
#   runner, runner.2, …        `HOST PID START EPOCH`; runner.N may be made only when its predecessor is known dead
#   step.<name>.<turn>         the same, of the shell that runs a step for the turn-th runner; or `never`
#   step.<name>.end            `CODE`, left by that shell itself, so that a killed runner loses no result

# TOKEN [after]
sluice_steps() {
  if ! sl_is_held "$1"; then
    sl_frame fault steps "$1" "is not held and placed"
  elif [ "${2:-before}" != before ] && [ "$2" != after ]; then
    sl_frame fault steps "$1" "has no chain of steps that is named $2"
  elif [ -z "${sl_program-}" ] || [ ! -r "$sl_program" ]; then
    sl_frame fault steps "$1" "the wrapper is not kept on this cluster, so nothing can be started that outlives this exchange"
  else
    # shellcheck disable=SC2016 # expanded by the runner's shell
    sl_detach 'sl_program=$0; . "$0"; sluice_run_steps "$@"' "$sl_program" "$sl_jobdir" "${2:-before}"
    sl_frame stepping "$1"
  fi
}

# sh -c WORDS… in a session of its own, holding none of our files open: an SSH channel must be able to end.
sl_detach() {
  if command -v setsid >/dev/null 2>&1; then
    setsid sh -c "$@" </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  else
    (trap '' HUP && exec sh -c "$@") </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
  fi
}

# ---------------------------------------------------------------- the runner

# DIRECTORY CHAIN, in a shell of its own, whose $$ is the runner.
sluice_run_steps() {
  sl_st_dir=$1 sl_st_marks=$1/.sluice sl_st_chain='source requirements compilation preprocessing'
  if [ "$2" = after ]; then
    sl_st_marks=$1/.sluice/after sl_st_chain=postprocessing
    mkdir -p "$sl_st_marks" || return 0
  fi
  sl_host=$(uname -n)
  if sl_st_ended || sl_st_fenced; then return 0; fi
  sl_st_take_turn || return 0
  # The one before may have come to its end between our looks.
  ! sl_st_ended || return 0
  sl_start_of $$
  sl_st_beat $$ "$sl_start" &
  sl_st_heart=$!
  sl_st_run_all
  kill "$sl_st_heart" 2>/dev/null
}

# Our mark behind the last dead one; fails where another runner lives, or may live, or nothing can be written.
sl_st_take_turn() {
  sl_start_of $$
  sl_now
  sl_st_mine="$sl_host $$ $sl_start $sl_clock"
  sl_st_new=$sl_st_marks/new.runner.$sl_host.$$
  sl_st_turn=0 sl_st_found=1
  printf '%s\n' "$sl_st_mine" >"$sl_st_new" || return 1
  while :; do
    sl_st_turn=$((sl_st_turn + 1))
    sl_st_runner_file "$sl_st_turn"
    ln "$sl_st_new" "$sl_st_file" 2>/dev/null
    sl_st_read_mark
    [ "$sl_st_mark" != "$sl_st_mine" ] || sl_st_found=0
    [ "$sl_life" = dead ] || break
  done
  rm -f "$sl_st_new"
  return "$sl_st_found"
}

sl_st_runner_file() {
  sl_st_file=$sl_st_marks/runner
  [ "$1" = 1 ] || sl_st_file=$sl_st_file.$1
}

# sl_st_mark: the line in $sl_st_file; sl_life of its maker: `dead` for `never`, `unknown` where it cannot be read.
sl_st_read_mark() {
  sl_st_mark='' sl_life=unknown
  { IFS= read -r sl_st_mark <"$sl_st_file"; } 2>/dev/null || return 0
  [ "$sl_st_mark" != never ] || sl_life=dead
  # shellcheck disable=SC2086 # words
  set -- $sl_st_mark
  [ $# -lt 3 ] || sl_alive "$1" "$2" "$3"
}

# Beside and renamed: whoever reads it, reads it whole.
sl_st_write() {
  printf '%s\n' "$2" >"$sl_st_marks/new.$1.$sl_host.$$" &&
    mv -f "$sl_st_marks/new.$1.$sl_host.$$" "$sl_st_marks/$1"
}

# The attempt was given up, or what comes after its job: nothing more of it is to run.
sl_st_fenced() { sl_st_is_fence "$sl_st_dir/.sluice/owner" || sl_st_is_fence "$sl_st_marks/owner"; }

sl_st_is_fence() {
  sl_st_owner=
  { IFS=' ' read -r sl_st_owner sl_rest <"$1"; } 2>/dev/null || return 1
  [ "$sl_st_owner" = fence ]
}

# For as long as the runner lives: PID START. It alone sees a fence that was made on another host.
sl_st_beat() {
  sl_st_nap=
  trap 'kill $sl_st_nap 2>/dev/null; exit 0' TERM
  sl_alive "$sl_host" "$1" "$2"
  while [ "$sl_life" = alive ]; do
    sl_now
    sl_st_write heartbeat "$sl_clock"
    ! sl_st_fenced || sl_st_end_steps
    sleep 10 &
    sl_st_nap=$!
    wait "$sl_st_nap"
    sl_alive "$sl_host" "$1" "$2"
  done
}

sl_st_run_all() {
  for sl_st_name in $sl_st_chain; do
    [ -f "$sl_st_marks/steps/$sl_st_name" ] || continue
    ! sl_st_fenced || return 0
    sl_st_settle_past
    ! sl_st_fenced || return 0
    [ -f "$sl_st_marks/step.$sl_st_name.end" ] || sl_st_start
    sl_st_code=
    { IFS= read -r sl_st_code <"$sl_st_marks/step.$sl_st_name.end"; } 2>/dev/null || :
    # Without it the step's shell was killed: nothing is known, and the next runner may try again.
    [ -n "$sl_st_code" ] || return 0
    [ "$sl_st_code" = 0 ] || {
      sl_st_item=0
      { IFS=' ' read -r sl_st_item sl_rest <"$sl_st_marks/failed"; } 2>/dev/null || :
      sl_st_write steps.failed "$sl_st_name $sl_st_item $sl_st_code"
      return 0
    }
  done
  sl_now
  sl_st_write steps.done "$sl_clock"
}

# What earlier runners began and may not have ended: no late shell of theirs may start, and what runs runs out.
sl_st_settle_past() {
  sl_st_past=1
  printf 'never\n' >"$sl_st_marks/new.never.$sl_host.$$"
  while [ "$sl_st_past" -lt "$sl_st_turn" ]; do
    sl_st_file=$sl_st_marks/step.$sl_st_name.$sl_st_past
    ln "$sl_st_marks/new.never.$sl_host.$$" "$sl_st_file" 2>/dev/null
    sl_st_read_mark
    while [ "$sl_life" != dead ]; do
      ! sl_st_fenced || return 0
      sleep 1
      sl_st_read_mark
    done
    sl_st_past=$((sl_st_past + 1))
  done
  rm -f "$sl_st_marks/new.never.$sl_host.$$"
}

sl_st_start() {
  rm -f "$sl_st_marks/failed"
  sl_st_nice=
  ! command -v nice >/dev/null 2>&1 || sl_st_nice='nice -n 10'
  # A session and so a process group of its own: all of it can be ended.
  ! command -v setsid >/dev/null 2>&1 || sl_st_nice="$sl_st_nice setsid"
  # SC2016: expanded by the step's shell; SC2086: a word list
  # shellcheck disable=SC2016,SC2086
  $sl_st_nice sh -c '. "$0"; sl_st_step "$@"' "$sl_program" "$sl_st_dir" "$sl_st_name" "$sl_st_turn" "$sl_st_marks"
}

# In a shell of its own: DIRECTORY NAME TURN MARKS. The mark stands before any code of the user's runs.
sl_st_step() {
  sl_st_dir=$1 sl_st_marks=$4
  sl_host=$(uname -n)
  sl_start_of $$
  sl_now
  sl_st_mine="$sl_host $$ $sl_start $sl_clock"
  sl_st_file=$sl_st_marks/step.$2.$3
  printf '%s\n' "$sl_st_mine" >"$sl_st_marks/new.step.$sl_host.$$" || return 0
  ln "$sl_st_marks/new.step.$sl_host.$$" "$sl_st_file" 2>/dev/null
  rm -f "$sl_st_marks/new.step.$sl_host.$$"
  sl_st_read_mark
  [ "$sl_st_mark" = "$sl_st_mine" ] || return 0
  # Who fences reads the marks after that: one of us sees the other.
  ! sl_st_fenced || return 0
  mkdir -p "$1/work" "$1/logs"
  (cd "$1/work" && exec bash -l "$sl_st_marks/steps/$2") </dev/null >>"$1/logs/$2" 2>&1
  sl_st_write "step.$2.end" "$?"
}

# ---------------------------------------------------------------- ending them

# After the fence: what runs of the attempt's steps on this host is ended, by a shell that outlives the exchange. On
# another host the runner sees the fence when its heart beats next.
sl_st_stop() {
  [ -n "${sl_program-}" ] || return 0
  for sl_st_marks in "$sl_jobdir/.sluice" "$sl_jobdir/.sluice/after"; do
    sl_st_first_alive || continue
    # shellcheck disable=SC2016 # expanded by the other shell
    sl_detach 'sl_program=$0; . "$0"; sl_st_marks=$1 sl_host=$(uname -n); sl_st_end_steps' "$sl_program" "$sl_st_marks"
  done
}

# The job owns the attempt, so that no fence of it can be made: what comes after the job has one of its own, and counts
# as ended by a signal.
sl_st_give_up_after() {
  sl_st_marks=$sl_jobdir/.sluice/after
  if [ ! -d "$sl_st_marks" ] || sl_st_ended; then return 0; fi
  printf 'fence %s\n' "$sl_nonce" 2>/dev/null >"$sl_st_marks/fence.$sl_nonce" || return 1
  ln "$sl_st_marks/fence.$sl_nonce" "$sl_st_marks/owner" 2>/dev/null || :
  sl_st_write steps.failed 'postprocessing 0 143'
}

# sl_st_pid: the leader of a step that runs on this host; fails where none does.
sl_st_first_alive() {
  for sl_st_file in "$sl_st_marks"/step.*.[0-9]*; do
    [ -f "$sl_st_file" ] || continue
    sl_st_read_mark
    [ "$sl_life" = alive ] || continue
    sl_st_pid=${sl_st_mark#* } sl_st_pid=${sl_st_pid%% *}
    return 0
  done
  return 1
}

# TERM to the step's whole group, KILL after five seconds.
sl_st_end_steps() {
  while sl_st_first_alive; do
    sl_st_signal TERM
    sl_st_tick=0
    while kill -0 "-$sl_st_pid" 2>/dev/null && [ "$sl_st_tick" -lt 5 ]; do
      sleep 1
      sl_st_tick=$((sl_st_tick + 1))
    done
    sl_st_signal KILL
    # Where nobody reaps, it may stay for a moment.
    sleep 1
  done
}

# Where there is no setsid, the step has no group of its own: then its shell alone.
sl_st_signal() { kill "-$1" "-$sl_st_pid" 2>/dev/null || kill "-$1" "$sl_st_pid" 2>/dev/null || :; }

# ---------------------------------------------------------------- what observation says of it

# sl_st_word: how the chain stands whose $sl_st_marks is set; `-` where it has not begun. Builtins only.
sl_st_look() {
  if sl_st_ended || [ ! -e "$sl_st_marks/runner" ]; then return 0; fi
  sl_st_turn=1
  while [ -e "$sl_st_marks/runner.$((sl_st_turn + 1))" ]; do sl_st_turn=$((sl_st_turn + 1)); done
  sl_st_runner_file "$sl_st_turn"
  sl_st_read_mark
  # It may have ended between our looks.
  if [ "$sl_life" = dead ] && sl_st_ended; then return 0; fi
  sl_st_seen=${sl_st_mark##* }
  { IFS= read -r sl_st_seen <"$sl_st_marks/heartbeat"; } 2>/dev/null || :
  case $sl_st_seen in '' | *[!0-9]*) sl_st_seen=$sl_clock ;; esac
  sl_st_age=$((sl_clock - sl_st_seen))
  [ "$sl_st_age" -ge 0 ] || sl_st_age=0
  sl_st_word=running:$sl_life:$sl_st_age:${sl_st_mark%% *}:$sl_st_turn
}

# sl_steps of the claim frame, for the attempt whose $sl_jobdir is set.
sl_steps_word() {
  sl_st_marks=$sl_jobdir/.sluice
  sl_st_look
  sl_steps=$sl_st_word
}

# sl_after of the claim frame: one look where nothing is to come after the job.
sl_after_word() {
  sl_after=- sl_st_marks=$sl_jobdir/.sluice/after
  [ -d "$sl_st_marks" ] || return 0
  sl_st_look
  sl_after=$sl_st_word
}

# True when the chain has come to its end; sl_st_word says how.
sl_st_ended() {
  sl_st_word=-
  if [ -e "$sl_st_marks/steps.done" ]; then
    sl_st_word='done'
  elif [ -e "$sl_st_marks/steps.failed" ] &&
    { IFS=' ' read -r sl_st_name sl_st_item sl_st_code <"$sl_st_marks/steps.failed"; } 2>/dev/null; then
    sl_st_word=failed:$sl_st_name:$sl_st_item:$sl_st_code
  else
    return 1
  fi
}

# WORD: the last words of the step that failed, where it says that one did.
sl_failed_tail() {
  case $1 in failed:*) ;; *) return 0 ;; esac
  sl_st_name=${1#failed:} sl_st_name=${sl_st_name%%:*}
  sl_frame steptail "$sl_token" "$sl_st_name"
  tail -c 4096 "$sl_jobdir/logs/$sl_st_name" 2>/dev/null | sed "s/^/@$sl_nonce | /"
  printf '\n'
}
