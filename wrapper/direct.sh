# shellcheck shell=sh
# The part of the wrapper for which this machine is the cluster: processes, as many at once as there are CPUs, the
# rest in a queue. See README.md beside this file. State, under CLAIMS_DIR/direct/:
#   ids/<id>            every number ever given, made with O_EXCL; `last` is a lower bound of the highest
#   jobs/<000id>        a job that has not ended: `TOKEN SUBMITTED TASKS SECONDS` (TASKS as --array takes them, 0: no array), then
#                       the lines script, directory, stdout, stderr; moved to ended/ when all tasks have ended
#   run/<id>/start.<n>  `HOST PID START BOOT EPOCH TOKEN` of the supervisor of task n (0: no array); made by link, once
#   run/<id>/group.<n>  the same of the user's process, which leads a session and so a process group
#   run/<id>/end.<n>    `STATE CODE EPOCH`, written by the supervisor
#   run/<id>/cancel     stands once the job was cancelled: no task starts after it
#   lock.<n>            `HOST PID START BOOT` of the dispatcher, or `free`; the highest counts, see sl_d_lock

sl_d_where() { sl_d=$sl_claims/direct; }

# ---------------------------------------------------------------- submitting

# A process that the shell starts beside itself ignores SIGINT, and so would all that it starts.
wm_lanes() { sl_lanes=1; }

wm_submit() {
  sl_d_where
  sl_code=1
  sl_d_token=$1 sl_d_tasks=0 sl_d_seconds=0 sl_d_chdir='' sl_d_out='' sl_d_err=''
  shift
  sl_d_read_words "$@" && sl_d_able && sl_d_next_id || return 1
  sl_now
  printf '%s\n' "$sl_d_token $sl_clock $sl_d_tasks $sl_d_seconds" "$sl_jobdir/.sluice/script" \
    "$sl_d_chdir" "$sl_d_out" "$sl_d_err" >"$sl_d/new/$sl_d_id" && mv "$sl_d/new/$sl_d_id" "$sl_d/jobs/$sl_d_padded"
  if [ ! -e "$sl_d/jobs/$sl_d_padded" ] && [ ! -e "$sl_d/ended/$sl_d_padded" ]; then
    sl_d_refuse "$sl_d cannot be written; is the disk full?"
    return 1
  fi
  sl_id=$sl_d_id
  sl_d_wake
  return 0
}

sl_d_refuse() { printf '%s\n' "$*" >>"$sl_tmp/err"; }

sl_d_read_words() {
  for sl_d_word; do
    case $sl_d_word in
    --job-name=*) ;;
    --output=*) sl_d_out=${sl_d_word#*=} ;;
    --error=*) sl_d_err=${sl_d_word#*=} ;;
    --chdir=*) sl_d_chdir=${sl_d_word#*=} ;;
    --array=*) sl_d_tasks=${sl_d_word#*=} ;;
    --time-seconds=*) sl_d_seconds=${sl_d_word#*=} ;;
    *)
      sl_d_refuse "this machine has no queue that knows the option $sl_d_word"
      return 1
      ;;
    esac
  done
  case $sl_d_seconds in '' | *[!0-9]*) sl_d_tasks= ;; esac
  if ! sl_d_read_tasks; then
    sl_d_refuse "--array takes numbers and ranges, as 1-3,7, and --time-seconds takes a number of seconds"
    return 1
  fi
  [ -n "$sl_d_out" ] && [ -n "$sl_d_err" ] && [ -n "$sl_d_chdir" ] && return 0
  sl_d_refuse "--output, --error and --chdir are needed"
  return 1
}

# sl_d_ranges: `FROM-TO FROM-TO` of TASKS, `0-0` where the job is no array; sl_d_number: how many tasks that is.
sl_d_read_tasks() {
  sl_d_ranges='' sl_d_number=0 sl_d_more=$sl_d_tasks,
  while [ -n "$sl_d_more" ]; do
    sl_d_first=${sl_d_more%%,*} sl_d_more=${sl_d_more#*,}
    sl_d_last=${sl_d_first#*-} sl_d_first=${sl_d_first%%-*}
    case $sl_d_first:$sl_d_last in :* | *: | *[!0-9:]*) return 1 ;; esac
    [ "$sl_d_first" -le "$sl_d_last" ] || return 1
    sl_d_ranges="$sl_d_ranges $sl_d_first-$sl_d_last"
    sl_d_number=$((sl_d_number + sl_d_last - sl_d_first + 1))
  done
}

# Whether this machine can run jobs at all.
sl_d_able() {
  sl_start_of $$
  if [ "$sl_start" = - ] || ! command -v setsid >/dev/null 2>&1; then
    sl_d_refuse "running jobs on this machine needs Linux: /proc, and setsid on the PATH"
  elif [ -z "${sl_program-}" ]; then
    sl_d_refuse "the wrapper is not kept on this machine, so no job can be started that outlives this exchange"
  elif ! mkdir -p "$sl_d/ids" "$sl_d/jobs" "$sl_d/ended" "$sl_d/run" "$sl_d/new" 2>>"$sl_tmp/err"; then
    sl_d_refuse "$sl_d cannot be made"
  else
    return 0
  fi
  return 1
}

# sl_d_id: a number that nobody has or had.
sl_d_next_id() {
  sl_d_id=0
  { IFS= read -r sl_d_id <"$sl_d/last"; } 2>/dev/null || :
  case $sl_d_id in '' | *[!0-9]*) sl_d_id=0 ;; esac
  while :; do
    sl_d_id=$((sl_d_id + 1))
    [ ! -e "$sl_d/ids/$sl_d_id" ] || continue
    if (set -C && : >"$sl_d/ids/$sl_d_id") 2>/dev/null; then break; fi
    [ -e "$sl_d/ids/$sl_d_id" ] || {
      sl_d_refuse "$sl_d/ids cannot be written; is the disk full?"
      return 1
    }
  done
  printf '%s\n' "$sl_d_id" >"$sl_d/last"
  sl_d_pad "$sl_d_id"
}

# Names in order of their numbers.
sl_d_pad() {
  sl_d_padded=000000000$1
  while [ "${#sl_d_padded}" -gt 9 ]; do sl_d_padded=${sl_d_padded#?}; done
}

# ---------------------------------------------------------------- reading

# A job's record: sl_d_id, sl_d_token, sl_d_submitted, sl_d_tasks, sl_d_ranges and sl_d_number, sl_d_seconds.
sl_d_open() {
  sl_d_id=${1##*/}
  sl_d_id=${sl_d_id#"${sl_d_id%%[!0]*}"} sl_d_run=$sl_d/run/$sl_d_id
  { IFS=' ' read -r sl_d_token sl_d_submitted sl_d_tasks sl_d_seconds <"$1"; } 2>/dev/null || return 1
  sl_d_read_tasks
}

# FUNCTION: called for each task of the job that is open, with sl_d_n, until it fails.
sl_d_each() {
  for sl_d_range in $sl_d_ranges; do
    sl_d_n=${sl_d_range%-*}
    while [ "$sl_d_n" -le "${sl_d_range#*-}" ]; do
      "$1" || return 1
      sl_d_n=$((sl_d_n + 1))
    done
  done
}

# The record of a job by its number, wherever it stands.
sl_d_find() {
  case $1 in '' | *[!0-9]*) return 1 ;; esac
  sl_d_pad "$1"
  sl_d_file=$sl_d/jobs/$sl_d_padded
  sl_d_open "$sl_d_file" && return 0
  sl_d_file=$sl_d/ended/$sl_d_padded
  sl_d_open "$sl_d_file"
}

# sl_life of HOST PID START BOOT: another boot of this machine has none of its processes.
sl_d_alive() {
  sl_life=dead
  if [ "$4" = "$sl_boot_id" ]; then
    sl_start_of "$2"
    [ "$sl_start" != "$3" ] || sl_life=alive
  elif [ "$1" != "$sl_host" ]; then
    sl_life=unknown
  fi
}

# sl_life of the process that a mark names; dead without a mark.
sl_d_marked() {
  sl_life=dead sl_d_pid=
  { IFS=' ' read -r sl_d_host sl_d_pid sl_d_start sl_d_boot sl_rest <"$1"; } 2>/dev/null || return 0
  sl_d_alive "$sl_d_host" "$sl_d_pid" "$sl_d_start" "$sl_d_boot"
}

# sl_life of a task's process group: its leader may be gone while others of it go on.
sl_d_group() {
  sl_d_marked "$sl_d_run/group.$1"
  [ "$sl_life" = dead ] && [ -n "$sl_d_pid" ] && [ "$sl_d_boot" = "$sl_boot_id" ] || return 0
  # The number of a group that is not empty is given to no new process: where one has it, the group is gone.
  [ "$sl_start" = - ] || return 0
  # Not by kill -0: a zombie that nobody reaps would count.
  for sl_d_stat in /proc/[0-9]*/stat; do
    { IFS= read -r sl_stat <"$sl_d_stat"; } 2>/dev/null || continue
    # shellcheck disable=SC2086 # fields: state, parent, group
    set -- ${sl_stat##*) }
    [ "$3" != "$sl_d_pid" ] || case $1 in Z | X) ;; *) sl_life=alive ;; esac
  done
}

# sl_d_state, sl_d_code and sl_d_over (when it ended, where that is known) of one task of the job that is open. Writes nothing.
sl_d_look() {
  sl_d_code=0 sl_d_over=''
  ! sl_d_ended "$1" || return 0
  if [ ! -e "$sl_d_run/start.$1" ]; then
    sl_d_state=PENDING
    [ ! -e "$sl_d_run/cancel" ] || sl_d_state=CANCELLED
    return 0
  fi
  sl_d_state=RUNNING
  sl_d_marked "$sl_d_run/start.$1"
  [ "$sl_life" = dead ] || return 0
  # Its supervisor is gone. It may have written the end between our looks, or was killed itself: then the mark that
  # the job's own script leaves is the evidence.
  if sl_d_ended "$1" || sl_d_exit_mark "$1"; then return 0; fi
  sl_d_group "$1"
  [ "$sl_life" = dead ] || return 0
  if sl_d_exit_mark "$1"; then return 0; fi
  sl_d_state=NODE_FAIL
  [ ! -e "$sl_d_run/cancel" ] || sl_d_state=CANCELLED
}

sl_d_ended() {
  [ -e "$sl_d_run/end.$1" ] && { IFS=' ' read -r sl_d_state sl_d_code sl_d_over sl_rest <"$sl_d_run/end.$1"; } 2>/dev/null
}

sl_d_exit_mark() {
  sl_d_script=
  { { IFS= read -r sl_rest && IFS= read -r sl_d_script; } <"$sl_d_file"; } 2>/dev/null || return 1
  { IFS=' ' read -r sl_d_left sl_rest sl_d_at sl_d_owner sl_rest <"${sl_d_script%/*}/exit.$1"; } 2>/dev/null || return 1
  [ "$sl_d_owner" = "$sl_d_id" ] || return 1
  sl_d_code=$sl_d_left sl_d_over=$sl_d_at sl_d_state=FAILED
  [ "$sl_d_code" != 0 ] || sl_d_state=COMPLETED
}

# sl_d_took: seconds from the beginning to the end of the task that was looked at; empty where either is not known. When
# one vanished, nobody knows.
sl_d_span() {
  sl_d_took='' sl_d_begun=''
  case $sl_d_over:$sl_d_state in :* | *[!0-9]*:* | *:NODE_FAIL) return 0 ;; esac
  { IFS=' ' read -r sl_rest sl_rest sl_rest sl_rest sl_d_begun sl_rest <"$sl_d_run/start.$1"; } 2>/dev/null || return 0
  case $sl_d_begun in '' | *[!0-9]*) return 0 ;; esac
  [ "$sl_d_over" -lt "$sl_d_begun" ] || sl_d_took=$((sl_d_over - sl_d_begun))
}

# ---------------------------------------------------------------- observing

wm_observe() {
  sl_d_where
  sl_boot
  sl_us=$(printf '\037') sl_d_remain=
  sl_frame queue 0
  for sl_d_file in "$sl_d/jobs"/* "$sl_d/ended"/*; do
    # It may move from one to the other while we look: it is told once, never left out.
    sl_d_find "${sl_d_file##*/}" || continue
    eval "sl_d_live=\${sl_d_told_$sl_d_id-}; sl_d_told_$sl_d_id=1"
    [ -z "$sl_d_live" ] || continue
    case $sl_d_file in "$sl_d/jobs"/*) sl_d_remain=1 ;; esac
    sl_d_each sl_d_tell
    [ "$sl_may_write" = 0 ] || case $sl_nameless in *" $sl_d_token "*) sl_adopt "$sl_d_token" "$sl_d_id" ;; esac
  done
  sl_d_tell_exits
  sl_frame accounting none
  [ -z "$sl_d_remain" ] || sl_d_wake
}

sl_d_tell() {
  sl_d_look "$sl_d_n"
  sl_d_span "$sl_d_n"
  sl_d_reason=None sl_d_name=$sl_d_id
  [ "$sl_d_tasks" = 0 ] || sl_d_name=${sl_d_id}_$sl_d_n
  case $sl_d_state in
  PENDING) sl_d_reason=Resources ;;
  FAILED) sl_d_reason=NonZeroExitCode ;;
  esac
  case $sl_d_state in PENDING | RUNNING) eval "sl_d_live_$sl_d_id=1" ;; esac
  printf '@%s | %s%s%s%s%s%s%s%s%s%s%s:0%s%s\n' "$sl_nonce" "$sl_d_name" "$sl_us" "$sl_d_state" "$sl_us" "$sl_d_reason" \
    "$sl_us" "$sl_d_submitted" "$sl_us" "$sl_d_token" "$sl_us" "$sl_d_code" "$sl_us" "$sl_d_took"
}

# The exit marks of our attempts whose job is not live.
sl_d_tell_exits() {
  for sl_d_file in "$sl_inst/claims"/*; do
    [ -f "$sl_d_file" ] || continue
    sl_token=${sl_d_file##*/} sl_job=-
    case $sl_nameless in *" $sl_token "*) sl_id_word ;; *) sl_job_word ;; esac
    case $sl_job in '' | *[!0-9]*) continue ;; esac
    eval "sl_d_live=\${sl_d_live_$sl_job-}"
    [ -n "$sl_d_live" ] || sl_exits "$sl_token"
  done
}

# ---------------------------------------------------------------- cancelling and forgetting

# Nothing is touched that does not bear the token; no process is signalled that is not the one that was started.
wm_cancel() {
  sl_d_where
  sl_boot
  if ! sl_d_find "$2" || [ "$sl_d_token" != "$1" ]; then
    printf '%s\n' "no job $2 named $1 is known on this machine" >"$sl_tmp/err"
    return 1
  fi
  mkdir -p "$sl_d_run" && : >"$sl_d_run/cancel" || return 1
  for sl_d_file in "$sl_d_run"/start.*; do
    [ -f "$sl_d_file" ] || continue
    sl_d_n=${sl_d_file##*.}
    [ -e "$sl_d_run/end.$sl_d_n" ] || sl_d_stop "$sl_d_n"
  done
  sl_d_wake
  return 0
}

# The supervisor ends the task that it started; where it is gone, the group that bears our mark is ended from here.
sl_d_stop() {
  sl_d_marked "$sl_d_run/start.$1"
  if [ "$sl_life" = alive ]; then
    kill -TERM "$sl_d_pid" 2>/dev/null || :
  else
    sl_d_group "$1"
    [ "$sl_life" != alive ] || kill -TERM "-$sl_d_pid" 2>/dev/null || :
  fi
}

wm_forget() {
  sl_d_where
  sl_d_find "$2" && [ "$sl_d_token" = "$1" ] || return 0
  if [ "${sl_d_file#"$sl_d/ended/"}" != "$sl_d_file" ]; then
    sl_d_drop
  else
    mkdir -p "$sl_d_run" && : >"$sl_d_run/forget"
  fi
}

sl_d_drop() { rm -rf "$sl_d/ended/${sl_d_file##*/}" "$sl_d_run"; }

# ---------------------------------------------------------------- the dispatcher

# Makes sure that a dispatcher looks at the queue.
sl_d_wake() {
  sl_boot
  [ -n "${sl_program-}" ] && [ -d "$sl_d/jobs" ] || return 0
  sl_d_holder
  # shellcheck disable=SC2016 # expanded by the dispatcher's shell
  [ "$sl_life" != dead ] || sl_detach 'sl_program=$0; . "$0"; sl_d_dispatch "$1"' "$sl_program" "$sl_d"
}

# sl_d_turn: number of the newest lock, 0 for none; sl_life of its holder.
sl_d_holder() {
  sl_d_tries=0
  while [ "$sl_d_tries" -lt 5 ]; do
    sl_d_turn=0 sl_life=dead sl_d_tries=$((sl_d_tries + 1))
    for sl_d_file in "$sl_d"/lock.*; do
      sl_d_n=${sl_d_file##*.}
      [ "$sl_d_n" = '*' ] || [ "$sl_d_n" -le "$sl_d_turn" ] || sl_d_turn=$sl_d_n
    done
    [ "$sl_d_turn" != 0 ] || return 0
    if { IFS=' ' read -r sl_d_host sl_d_pid sl_d_start sl_d_boot <"$sl_d/lock.$sl_d_turn"; } 2>/dev/null; then
      [ "$sl_d_host" = free ] || sl_d_alive "$sl_d_host" "$sl_d_pid" "$sl_d_start" "$sl_d_boot"
      return 0
    fi
    # A newer holder took it away.
  done
  sl_life=unknown
}

sl_d_dispatch() {
  cd / || return 0
  sl_d=$1 sl_host=$(uname -n) sl_nonce=-
  sl_boot
  sl_start_of $$
  sl_d_me="$sl_host $$ $sl_start $sl_boot_id"
  sl_d_count_slots
  while sl_d_lock; do
    sl_d_work
    printf 'free\n' >"$sl_d/new/lock.$$" && mv -f "$sl_d/new/lock.$$" "$sl_d/lock.$sl_d_mine"
    # A job that came while we still held the lock woke nobody.
    sl_d_any || return 0
  done
}

sl_d_count_slots() {
  sl_d_slots=${SLUICE_DIRECT_SLOTS:-$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
  case $sl_d_slots in '' | 0 | *[!0-9]*) sl_d_slots=1 ;; esac
}

# A lock is a link behind the last one, whose holder is dead or has set it free. The newest always stands, and only a
# newer holder removes older ones: so who made one late finds a newer beside it, and holds nothing.
sl_d_lock() {
  sl_d_holder
  [ "$sl_life" = dead ] || return 1
  sl_d_mine=$((sl_d_turn + 1))
  printf '%s\n' "$sl_d_me" >"$sl_d/new/lock.$$" || return 1
  ln "$sl_d/new/lock.$$" "$sl_d/lock.$sl_d_mine" 2>/dev/null
  rm -f "$sl_d/new/lock.$$"
  sl_d_found=
  { IFS= read -r sl_d_found <"$sl_d/lock.$sl_d_mine"; } 2>/dev/null || return 1
  [ "$sl_d_found" = "$sl_d_me" ] || return 1
  sl_d_holder
  [ "$sl_d_turn" = "$sl_d_mine" ] || return 1
  for sl_d_file in "$sl_d"/lock.*; do
    [ "${sl_d_file##*.}" = "$sl_d_mine" ] || rm -f "$sl_d_file"
  done
}

# Until nothing runs and nothing can be started. sl_d_busy: ` ID.TASK ID.TASK `.
sl_d_work() {
  sl_d_busy=' ' sl_d_count=0 sl_d_tick=0 sl_d_quiet=0
  while :; do
    sl_d_review
    sl_d_fill
    [ "$sl_d_count" -gt 0 ] || return 0
    # Short jobs come and go quickly; a long one is looked at five times a second.
    sl_d_tick=$((sl_d_tick + 1)) sl_d_quiet=$((sl_d_quiet + 1))
    if [ "$sl_d_quiet" -lt 20 ]; then sl_d_nap 0.02; else sl_d_nap 0.2; fi
  done
}

sl_d_nap() { sleep "$1" 2>/dev/null || sleep 1; }

# Takes out of sl_d_busy what has ended, and now and then what vanished or never began.
sl_d_review() {
  for sl_d_task in $sl_d_busy; do
    sl_d_id=${sl_d_task%.*} sl_d_n=${sl_d_task#*.}
    sl_d_run=$sl_d/run/$sl_d_id
    if [ -e "$sl_d_run/end.$sl_d_n" ]; then
      sl_d_free_slot
    elif [ $((sl_d_tick % 25)) = 24 ]; then
      [ -e "$sl_d_run/start.$sl_d_n" ] || sl_d_free_slot
      sl_d_find "$sl_d_id" || continue
      sl_d_look "$sl_d_n"
      case $sl_d_state in PENDING | RUNNING) ;; *) sl_d_end "$sl_d_state" "$sl_d_code" ;; esac
    fi
  done
}

sl_d_free_slot() {
  sl_d_busy="${sl_d_busy%%" $sl_d_task "*} ${sl_d_busy#*" $sl_d_task "}"
  sl_d_count=$((sl_d_count - 1)) sl_d_quiet=0
}

# Starts what may start, in the order of the numbers; puts jobs of which all has ended aside.
sl_d_fill() {
  for sl_d_file in "$sl_d/jobs"/*; do
    [ "$sl_d_count" -lt "$sl_d_slots" ] || return 0
    sl_d_open "$sl_d_file" || continue
    sl_d_left=0
    sl_d_each sl_d_consider || return 0
    [ "$sl_d_left" != 0 ] || sl_d_close
  done
}

# Fails when no more can be started.
sl_d_consider() {
  sl_d_start_due
  [ "$sl_d_count" -lt "$sl_d_slots" ]
}

sl_d_start_due() {
  [ ! -e "$sl_d_run/end.$sl_d_n" ] || return 0
  if [ -e "$sl_d_run/cancel" ] && [ ! -e "$sl_d_run/start.$sl_d_n" ]; then return 0; fi
  sl_d_left=$((sl_d_left + 1))
  case $sl_d_busy in *" $sl_d_id.$sl_d_n "*) return 0 ;; esac
  sl_d_busy="$sl_d_busy$sl_d_id.$sl_d_n " sl_d_count=$((sl_d_count + 1)) sl_d_quiet=0
  # One that has begun already was another dispatcher's.
  # shellcheck disable=SC2016 # expanded by the supervisor's shell
  [ -e "$sl_d_run/start.$sl_d_n" ] ||
    sl_detach 'sl_program=$0; . "$0"; sl_d_supervise "$@"' "$sl_program" "$sl_d" "$sl_d_file" "$sl_d_n"
}

sl_d_close() {
  mv "$sl_d_file" "$sl_d/ended/" 2>/dev/null || return 0
  [ ! -e "$sl_d_run/forget" ] || sl_d_drop
}

# Whether a task is left that has not ended.
sl_d_any() {
  for sl_d_file in "$sl_d/jobs"/*; do
    sl_d_open "$sl_d_file" || continue
    sl_d_each sl_d_is_over || return 0
    sl_d_close
  done
  return 1
}

sl_d_is_over() {
  [ -e "$sl_d_run/end.$sl_d_n" ] || { [ ! -e "$sl_d_run/start.$sl_d_n" ] && [ -e "$sl_d_run/cancel" ]; }
}

sl_d_end() {
  sl_now
  printf '%s\n' "$1 $2 $sl_clock" >"$sl_d_run/new.end.$sl_d_n.$$" &&
    mv -f "$sl_d_run/new.end.$sl_d_n.$$" "$sl_d_run/end.$sl_d_n"
}

# ---------------------------------------------------------------- one task

# In a session of its own: DIRECT RECORD TASK. Outlives the dispatcher, and ends with the task.
sl_d_supervise() {
  sl_d=$1 sl_d_file=$2 sl_d_n=$3 sl_host=$(uname -n)
  sl_d_open "$sl_d_file" && mkdir -p "$sl_d_run" || return 0
  sl_d_take_task || return 0
  if [ -e "$sl_d_run/cancel" ]; then
    sl_d_end CANCELLED 0
    return 0
  fi
  sl_d_why='' sl_d_child='' sl_d_killer='' sl_d_timer=''
  trap 'sl_d_halt NODE_FAIL' TERM
  trap 'sl_d_halt TIMEOUT' USR1
  # shellcheck disable=SC2016 # expanded by the task's shell
  sl_detach 'sl_program=$0; . "$0"; sl_d_run_task "$@"' "$sl_program" "$sl_d" "$sl_d_file" "$sl_d_n"
  sl_d_child=$!
  [ "$sl_d_seconds" = 0 ] || {
    sl_d_after "$sl_d_seconds" kill -USR1 $$ &
    sl_d_timer=$!
  }
  [ -z "$sl_d_why" ] || sl_d_halt "$sl_d_why"
  sl_d_await
  # shellcheck disable=SC2086 # none or one each
  kill $sl_d_timer $sl_d_killer 2>/dev/null
  sl_d_sweep
  sl_d_end "$sl_d_why" "$sl_d_code"
}

# The link decides who runs the task; it stands before any code of the user's.
sl_d_take_task() {
  sl_boot
  sl_start_of $$
  sl_now
  sl_d_me="$sl_host $$ $sl_start $sl_boot_id $sl_clock $sl_d_token"
  [ ! -e "$sl_d_run/cancel" ] && printf '%s\n' "$sl_d_me" >"$sl_d_run/new.start.$sl_d_n.$$" || return 1
  ln "$sl_d_run/new.start.$sl_d_n.$$" "$sl_d_run/start.$sl_d_n" 2>/dev/null
  rm -f "$sl_d_run/new.start.$sl_d_n.$$"
  sl_d_found=
  { IFS= read -r sl_d_found <"$sl_d_run/start.$sl_d_n"; } 2>/dev/null || return 1
  [ "$sl_d_found" = "$sl_d_me" ]
}

# TERM to the task's whole group, KILL after five seconds. TERM to us without `cancel` is the machine going down.
sl_d_halt() {
  sl_d_hit=1
  [ -n "$sl_d_why" ] || sl_d_why=$1
  [ "$1" != NODE_FAIL ] || [ ! -e "$sl_d_run/cancel" ] || sl_d_why=CANCELLED
  [ -n "$sl_d_child" ] || return 0
  kill -TERM "-$sl_d_child" 2>/dev/null || kill -TERM "$sl_d_child" 2>/dev/null || :
  [ -z "$sl_d_killer" ] || return 0
  sl_d_after 5 kill -KILL "-$sl_d_child" 2>/dev/null &
  sl_d_killer=$!
}

# SECONDS COMMAND…; TERM calls it off.
sl_d_after() {
  sl_d_sleep=
  trap 'kill $sl_d_sleep 2>/dev/null; exit 0' TERM
  sleep "$1" &
  sl_d_sleep=$!
  shift
  wait "$sl_d_sleep"
  "$@"
}

# sl_d_code and sl_d_why when the task has ended; a signal to us ends the wait but not the task.
sl_d_await() {
  while :; do
    sl_d_hit=
    wait "$sl_d_child"
    sl_d_code=$?
    [ -n "$sl_d_hit" ] || break
  done
  [ -z "$sl_d_why" ] || return 0
  sl_d_why=FAILED
  [ "$sl_d_code" != 0 ] || sl_d_why=COMPLETED
}

# What the job left running in its group goes with it, as on a cluster: its results are about to be read.
sl_d_sweep() {
  kill -TERM "-$sl_d_child" 2>/dev/null || return 0
  sl_d_tick=0
  while kill -0 "-$sl_d_child" 2>/dev/null; do
    sl_d_tick=$((sl_d_tick + 1))
    [ "$sl_d_tick" -lt 20 ] || kill -KILL "-$sl_d_child" 2>/dev/null
    [ "$sl_d_tick" -lt 40 ] || return 0
    sl_d_nap 0.1
  done
}

# The task's own process, leader of its session: DIRECT RECORD TASK. Becomes the user's script.
sl_d_run_task() {
  sl_d=$1 sl_d_file=$2 sl_d_n=$3 sl_host=$(uname -n)
  sl_d_open "$sl_d_file" || exit 122
  { for sl_d_word in rest script chdir out err; do IFS= read -r "sl_d_$sl_d_word" || exit 122; done; } <"$sl_d_file"
  sl_d_log "$sl_d_out"
  sl_d_out=$sl_d_path
  sl_d_log "$sl_d_err"
  sl_d_err=$sl_d_path
  mkdir -p "${sl_d_out%/*}" "${sl_d_err%/*}" 2>/dev/null || exit 122
  (: >>"$sl_d_out") 2>/dev/null && (: >>"$sl_d_err") 2>/dev/null || exit 122
  exec >>"$sl_d_out" 2>>"$sl_d_err"
  sl_boot
  sl_start_of $$
  sl_now
  printf '%s\n' "$sl_host $$ $sl_start $sl_boot_id $sl_clock $sl_d_token" >"$sl_d_run/new.group.$sl_d_n.$$" &&
    mv -f "$sl_d_run/new.group.$sl_d_n.$$" "$sl_d_run/group.$sl_d_n" || exit 122
  cd "$sl_d_chdir" || exit 122
  sl_d_identity
  # A background shell ignores these, and a script could not take them back.
  sl_d_env=
  ! env --default-signal=INT,QUIT true 2>/dev/null || sl_d_env='env --default-signal=INT,QUIT'
  # shellcheck disable=SC2086 # words
  if [ -x "$sl_d_script" ]; then exec $sl_d_env "$sl_d_script"; fi
  # shellcheck disable=SC2086 # words; not executable: a file system mounted noexec
  exec $sl_d_env bash -l "$sl_d_script"
}

# sl_d_path: a log's path for this task. Tasks of an array never share one.
sl_d_log() {
  sl_d_path=$1
  [ "$sl_d_tasks" != 0 ] || return 0
  case $1 in
  *%a*) sl_d_path=${1%%%a*}$sl_d_n${1#*%a} ;;
  *) sl_d_path=$1.$sl_d_n ;;
  esac
}

# What the job's own script reads to know who it is; Slurm's names too, so that the same command lines run.
sl_d_identity() {
  export SLUICE_JOB_ID="$sl_d_id" SLUICE_TASK_ID="$sl_d_n" SLUICE_RESTART=0
  export SLURM_JOB_ID="$sl_d_id" SLURM_JOB_NAME="$sl_d_token" SLURM_SUBMIT_DIR="$sl_d_chdir"
  unset SLURM_ARRAY_JOB_ID SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT SLURM_RESTART_COUNT SLUICE_DIRECT_SLOTS
  [ "$sl_d_tasks" = 0 ] ||
    export SLURM_ARRAY_JOB_ID="$sl_d_id" SLURM_ARRAY_TASK_ID="$sl_d_n" SLURM_ARRAY_TASK_COUNT="$sl_d_number"
}

# ---------------------------------------------------------------- the doctor

wm_check() {
  sl_d_where
  sl_boot
  sl_start_of $$
  for sl_name in bash setsid; do
    command -v "$sl_name" >/dev/null 2>&1 || sl_frame check "$sl_name" fail "is not on the PATH; jobs cannot run here"
  done
  if [ "$sl_start" = - ] || [ "$sl_boot_id" = - ]; then
    sl_frame check proc fail "/proc does not tell when a process or the machine started; jobs cannot be followed"
  fi
  sl_d_count_slots
  sl_frame check direct ok "runs $sl_d_slots at once on this machine, the rest wait"
  sl_d_holder
  [ "$sl_life" != unknown ] ||
    sl_frame check dispatcher fail "$sl_d/lock.$sl_d_turn is held by another machine; give each machine its own claims_dir"
}

# This machine as one node: what runs here of the queue, and what the kernel tells of load and memory.
wm_status() {
  sl_d_where
  sl_d_count_slots
  sl_d_count_running
  sl_d_load=- sl_d_total=- sl_d_free=-
  ! { IFS=' ' read -r sl_d_load sl_rest </proc/loadavg; } 2>/dev/null || :
  sl_d_memory
  sl_d_state=mixed
  case $sl_d_count in 0) sl_d_state=idle ;; "$sl_d_slots") sl_d_state=allocated ;; esac
  printf '%s' "$sl_host$sl_us-$sl_us$sl_d_state$sl_us$sl_d_count/$((sl_d_slots - sl_d_count))/0/$sl_d_slots"
  printf '%s\n' "$sl_us-$sl_us$sl_d_load$sl_us$sl_d_total$sl_us$sl_d_free$sl_us-"
}

# sl_d_count: tasks that have begun and have not ended, one CPU each.
sl_d_count_running() {
  sl_d_count=0
  for sl_d_file in "$sl_d/jobs"/*; do
    sl_d_open "$sl_d_file" || continue
    for sl_d_task in "$sl_d_run"/start.*; do
      if [ -e "$sl_d_task" ] && [ ! -e "$sl_d_run/end.${sl_d_task##*.}" ]; then sl_d_count=$((sl_d_count + 1)); fi
    done
  done
  [ "$sl_d_count" -le "$sl_d_slots" ] || sl_d_count=$sl_d_slots
}

# sl_d_total, sl_d_free: MiB.
sl_d_memory() {
  { while IFS=' ' read -r sl_word sl_value sl_rest; do
    case $sl_word in
    MemTotal:) sl_d_total=$((sl_value / 1024)) ;;
    MemAvailable:)
      sl_d_free=$((sl_value / 1024))
      break
      ;;
    esac
  done </proc/meminfo; } 2>/dev/null || :
}

# NAME ID: where the doctor's job stands.
wm_probe() {
  sl_d_where
  sl_boot
  if ! sl_d_find "$2" || [ "$sl_d_token" != "$1" ]; then
    sl_frame probe - GONE n= -
    return 0
  fi
  sl_d_look 0
  sl_frame probe "$2" "$sl_d_state" "n=$sl_host" None
  case $sl_d_state in PENDING | RUNNING) sl_d_wake ;; esac
}
