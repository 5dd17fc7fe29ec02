# shellcheck shell=sh
# Sluice's half on the cluster: what all of it needs, an exchange's beginning and end, observing. See README.md beside this file.
# Function definitions only: this text is sourced from a file, or stands inside another function.
# No `local` (it is not POSIX): names that leave a function begin with `sl_`.

# ---------------------------------------------------------------- saying

sl_frame() { printf '@%s %s\n' "$sl_nonce" "$*" 2>/dev/null || :; }

# A file's lines as text of the frame before; a last line without its newline is closed.
sl_text() { [ ! -s "$1" ] || { sed "s/^/@$sl_nonce | /" "$1"; echo; } 2>/dev/null || :; }
sl_errors() { [ ! -s "$1" ] || { tail -n 40 "$1" | sed "s/^/@$sl_nonce ! /"; echo; } 2>/dev/null || :; }

# ---------------------------------------------------------------- knowing

# sl_clock: epoch seconds. One process at first; from then on by the machine's own uptime, where it tells.
sl_now() {
  if [ -n "${sl_born-}" ] && { IFS=' .' read -r sl_up sl_rest </proc/uptime; } 2>/dev/null; then
    sl_clock=$((sl_born + sl_up))
    return 0
  fi
  sl_clock=$(date +%s)
  ! { IFS=' .' read -r sl_up sl_rest </proc/uptime; } 2>/dev/null || sl_born=$((sl_clock - sl_up))
}

# sl_start: when a process began, so that a reused pid is not taken for it; `-` where the system does not tell.
sl_start_of() {
  sl_start=-
  [ -r "/proc/$1/stat" ] || return 0
  { IFS= read -r sl_stat <"/proc/$1/stat"; } 2>/dev/null || return 0
  # shellcheck disable=SC2086 # fields after the command name, which may hold blanks itself
  set -- ${sl_stat##*) }
  # A zombie runs nothing; where nobody reaps, it would look alive for ever.
  case $1 in Z | X) ;; *) sl_start=${20:--} ;; esac
}

sl_boot() {
  sl_boot_id=-
  [ ! -r /proc/sys/kernel/random/boot_id ] || IFS= read -r sl_boot_id </proc/sys/kernel/random/boot_id || :
}

# sl_life of a process made known as HOST PID START: another host's pid is "could not ask", never dead.
sl_alive() {
  if [ "$1" != "$sl_host" ]; then
    sl_life=unknown
  elif [ "$3" = - ]; then
    if kill -0 "$2" 2>/dev/null; then sl_life=alive; else sl_life=dead; fi
  else
    sl_start_of "$2"
    if [ "$sl_start" = "$3" ]; then sl_life=alive; else sl_life=dead; fi
  fi
}

# `~` and one leading $VARIABLE, nothing else.
sl_expand() {
  case $1 in
  \~) sl_path=$HOME ;;
  \~/*) sl_path=$HOME/${1#??} ;;
  '$'*)
    sl_name=${1#?} sl_rest=
    case $sl_name in */*) sl_rest=/${sl_name#*/} sl_name=${sl_name%%/*} ;; esac
    case $sl_name in '' | [0-9]* | *[!A-Za-z0-9_]*) sl_path= ;; *) eval "sl_path=\${$sl_name-}" ;; esac
    [ -n "$sl_path" ] || {
      sl_frame fault begin "\$$sl_name is not set on this login node; name the directory in clusters.yaml"
      return 1
    }
    sl_path=$sl_path$sl_rest
    ;;
  /*) sl_path=$1 ;;
  *) sl_path=$HOME/$1 ;;
  esac
}

# Fails where what was written may not be on the disk; sl_words then says why. A sync that knows no -f syncs all, and
# tells nothing.
sl_sync() {
  sl_words=$(sync -f "$1" 2>&1) && return 0
  sl_first_line
  case $sl_words in
  *'invalid option'* | *'illegal option'* | *'unrecognized option'* | *'Usage: sync'*) sync ;;
  *) return 1 ;;
  esac
}

# Fails, with sl_words: why this file could not be written. Shells say little, so dd tries it again, with more.
sl_why() {
  if sl_words=$(LC_ALL=C dd if=/dev/zero of="$1" bs=65536 count=16 2>&1); then sl_words='it could not be written whole'; fi
  rm -f "$1"
  sl_first_line
  return 1
}

# A frame's words are one line.
sl_first_line() {
  sl_words=${sl_words%%'
'*}
}

sl_sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256
  else
    openssl dgst -sha256 -r
  fi
}

# SECONDS COMMAND…: waited for no longer than that, where there is a tool for it; 124 then.
sl_within() {
  if command -v timeout >/dev/null 2>&1; then
    timeout "$@" </dev/null
  else
    shift
    "$@" </dev/null
  fi
}

# A folder of this exchange's own, under the claims: made when something is written.
sl_need_tmp() {
  [ -z "$sl_tmp" ] || return 0
  sl_tmp=$sl_inst/tmp/$sl_nonce
  if sl_words=$(sl_make_inst 2>&1 && mkdir -p "$sl_tmp/claims" "$sl_tmp/held" "$sl_tmp/tickets" "$sl_tmp/lane.1" "$sl_tmp/lane.2" "$sl_tmp/lane.3" "$sl_tmp/lane.4" 2>&1); then
    sl_held=$sl_tmp/held
    sl_sweep
    return 0
  fi
  sl_first_line
  sl_frame fault "$1" "$sl_tmp cannot be made: $sl_words"
  sl_tmp=
  return 1
}

# What exchanges that were killed have left, once it is a day old. Killed installations of the wrapper: sluice_install.
sl_sweep() {
  find "$sl_inst/tmp/." "$sl_work/.staging/." ! -name . -prune -mtime +0 -exec rm -rf {} + 2>/dev/null || :
}

sl_make_inst() {
  [ -d "$sl_inst/ledger" ] && return 0
  mkdir -p "$sl_claims" && chmod 700 "$sl_claims" &&
    mkdir -p "$sl_inst/claims" "$sl_inst/tickets" "$sl_inst/jobs" "$sl_inst/tmp" "$sl_inst/ledger"
}

# sl_jobdir: where an attempt lives; its claim knows, whatever work_dir says today.
sl_dir() {
  sl_jobdir=$sl_work/$1
  [ -f "$sl_inst/claims/$1" ] || return 0
  while IFS=' ' read -r sl_key sl_value; do
    case $sl_key in
    sluice-claim) ;;
    directory) sl_jobdir=$sl_value && return 0 ;;
    *) return 0 ;;
    esac
  done <"$sl_inst/claims/$1"
}

sl_is_held() {
  [ -n "$sl_held" ] && [ -f "$sl_held/$1" ] || return 1
  sl_dir "$1"
  [ -f "$sl_jobdir/.sluice/script" ]
}

# ---------------------------------------------------------------- beginning and ending

# Runs before sluice_begin; the wrapper's own text is on standard input.
sluice_install() {
  sl_nonce=$3
  sl_program=$2/wrapper/$1
  printf '\n'
  if sl_words=$(sl_keep_program "$1" "$2" 2>&1) && mv -f "$sl_program.$3" "$sl_program"; then
    sl_frame installed
    find "$2/wrapper/." ! -name . -prune -name '*.*' -mtime +0 -exec rm -f {} + 2>/dev/null
    return 0
  fi
  rm -f "$sl_program.$3" 2>/dev/null
  sl_first_line
  sl_frame fault install "the wrapper could not be written to $2/wrapper; is there room, and may you write there? $sl_words"
  return 1
}

# DIGEST ROOT: what stands on standard input, beside its place.
sl_keep_program() {
  mkdir -p "$2/wrapper" && chmod 700 "$2" && cat >"$sl_program.$sl_nonce" &&
    sl_found=$(sl_sha256 <"$sl_program.$sl_nonce") && [ "${sl_found%%[ *]*}" = "$1" ]
}

sluice_begin() {
  # Handled, not ignored: what is ignored here would be ignored in the user's programs too.
  trap : PIPE HUP
  sl_nonce=$1 sl_tmp='' sl_held='' sl_settling='' sl_collecting='' sl_born='' sl_me='' sl_lane='' sl_said='' sl_short='' sl_ledger_cut='' sl_fenced_in=''
  printf '\n'
  # The environment beats directives and formats (SPEC 2.1), so its twins go.
  for sl_name in $(env | sed -n 's/^\(\(SBATCH\|SQUEUE\|SACCT\|SCANCEL\|SINFO\)_[A-Za-z0-9_]*\)=.*/\1/p'); do
    unset "$sl_name"
  done
  unset SLURM_CLUSTERS SLURM_EXPORT_ENV SLURM_TIME_FORMAT
  sl_expand "$3" || return 1
  sl_claims=$sl_path
  sl_expand "$4" || return 1
  sl_work=$sl_path sl_inst=$sl_claims/$2 sl_host=$(uname -n)
  sl_now
  sl_read_mark
  sl_frame hello 1
  sl_frame host "$sl_host"
  sl_frame clock "$sl_clock"
  sl_frame home "$HOME"
  sl_frame claims "$sl_claims"
  sl_frame work "$sl_work"
  sl_frame mark "$sl_mark"
}

sl_read_mark() {
  sl_mark=-
  [ ! -f "$sl_inst/mark" ] || IFS=' ' read -r sl_mark <"$sl_inst/mark" || sl_mark=-
}

# A state that is behind must not act here: another one has gone further.
sluice_mark() {
  if [ "$sl_mark" != - ] && [ "$sl_mark" -gt "$1" ]; then
    sl_frame stale "$sl_mark"
    return 1
  fi
  sl_need_tmp mark || return 1
  if [ "$sl_mark" != "$1" ] && ! { printf '%s\n' "$1" >"$sl_tmp/mark" && mv -f "$sl_tmp/mark" "$sl_inst/mark"; } 2>/dev/null; then
    sl_why "$sl_tmp/mark" || :
    sl_frame fault mark "$sl_inst/mark cannot be written: $sl_words"
    return 1
  fi
  sl_frame marked "$1"
}

sluice_bye() {
  [ -z "$sl_tmp" ] || rm -rf "$sl_tmp"
  sl_frame bye
}

# ---------------------------------------------------------------- observing

# Of what sbatch was asked for and has no id on disk the id is looked for: in its owner mark, and in the queue.
sluice_observe() {
  sl_nameless=' ' sl_may_write=${2:-0}
  for sl_file in "$sl_inst/claims"/*; do
    [ -f "$sl_file" ] || continue
    sl_observe_claim "${sl_file##*/}"
  done
  wm_observe "$1"
}

# Builtins only: ten thousand claims must not cost ten thousand processes.
sl_observe_claim() {
  sl_token=$1 sl_placed=0 sl_ticket=- sl_job=- sl_owner=- sl_steps=- sl_after=-
  sl_read_claim "$sl_token" || :
  sl_job_word
  case $sl_job in
  [0-9]*)
    # It has its id: how it came to it asks nobody any more.
    sl_placed=1 sl_ticket=unknown:0
    ;;
  *)
    [ ! -f "$sl_jobdir/.sluice/script" ] || sl_placed=1
    sl_steps_word "$sl_token"
    sl_ticket_word
    ;;
  esac
  sl_owner_word
  sl_after_word
  case $sl_job:$sl_ticket:$sl_owner in -:-:job:* | -:[!-]*) sl_nameless="$sl_nameless$sl_token " ;; esac
  sl_frame claim "$sl_token" "$sl_claim_nonce" "$sl_placed" "$sl_steps" "$sl_ticket" "$sl_job" "$sl_owner" "$sl_after"
  sl_failed_tail "$sl_steps"
  sl_failed_tail "$sl_after"
  case $sl_job in refused:*)
    sl_frame refusal "$sl_token"
    sed "1d;s/^/@$sl_nonce | /" "$sl_inst/jobs/$sl_token"
    ;;
  esac
}

sl_ticket_word() {
  [ -f "$sl_inst/tickets/$sl_token" ] || return 0
  sl_ticket=unknown:0 sl_mepoch='' sl_begun='' sl_bepoch=''
  {
    IFS=' ' read -r sl_key sl_mhost sl_mpid sl_mstart sl_mepoch || sl_mepoch=''
    IFS=' ' read -r sl_begun sl_bepoch || sl_bepoch=''
  } 2>/dev/null <"$sl_inst/tickets/$sl_token" || :
  if [ -z "$sl_mepoch" ]; then
    # Not whole: its disk lost it, so nobody is known to live. Its file's age is all that it tells.
    [ -z "$(find "$sl_inst/tickets/$sl_token" -mmin +4 2>/dev/null)" ] || sl_ticket=unknown:240
    return 0
  fi
  sl_alive "$sl_mhost" "$sl_mpid" "$sl_mstart"
  # Where its second line was cut, it has begun all the same, not before the ticket was made.
  sl_age=$((sl_clock - ${sl_bepoch:-$sl_mepoch}))
  # Two clocks that count seconds may differ by one.
  [ "$sl_age" -ge 0 ] || sl_age=0
  sl_ticket=$sl_life:$sl_age
  [ -n "$sl_begun" ] || sl_ticket=waiting:$sl_ticket
}

# A file without its final newline is still being written: it says nothing yet.
sl_job_word() {
  [ -f "$sl_inst/jobs/$sl_token" ] || return 0
  IFS=' ' read -r sl_key sl_value <"$sl_inst/jobs/$sl_token" || return 0
  case $sl_key in refused) sl_job=refused:$sl_value ;; *) sl_job=$sl_key ;; esac
}

# The id of $sl_token in sl_job: as it was written, else that of the job which owns the attempt.
sl_id_word() {
  sl_job=-
  sl_job_word
  [ "$sl_job" = - ] || return 0
  sl_owner=-
  sl_dir "$sl_token"
  sl_owner_word
  case $sl_owner in job:*) sl_job=${sl_owner#job:} sl_job=${sl_job%:*} ;; esac
}

# TOKEN ID: the queue shows it, and who asked for it died before it could write its id. So its end will be asked for.
sl_adopt() {
  sl_token=$1
  sl_id_word
  [ "$sl_job" != - ] || sl_write_id "$2"
}

# A cut id would be another's.
sl_write_id() {
  printf '%s\n' "$1" 2>/dev/null >"$sl_inst/jobs/$sl_token" || rm -f "$sl_inst/jobs/$sl_token"
}

sl_owner_word() {
  if [ -f "$sl_jobdir/.sluice/owner" ]; then
    sl_owner='?'
    { IFS=' ' read -r sl_key sl_value sl_restart sl_rest <"$sl_jobdir/.sluice/owner"; } 2>/dev/null || return 0
    case $sl_key in
    fence) sl_owner=fence ;;
    job) sl_owner=job:$sl_value:$sl_restart ;;
    esac
  elif [ -d "$sl_jobdir/.sluice" ] && [ ! -x "$sl_jobdir/.sluice" ]; then
    sl_owner='?'
  fi
}

sl_exits() {
  sl_dir "$1"
  for sl_file in "$sl_jobdir/.sluice"/exit.*; do
    [ -f "$sl_file" ] || continue
    IFS=' ' read -r sl_code sl_item sl_epoch sl_id sl_restart <"$sl_file" || continue
    sl_frame exit "$1" "${sl_file##*.}" "$sl_code" "$sl_item" "$sl_epoch" "$sl_id" "$sl_restart"
  done
}

sluice_recall() {
  for sl_file in "$sl_inst/claims"/*; do
    [ -f "$sl_file" ] || continue
    sl_frame recall "${sl_file##*/}"
    sl_text "$sl_file"
  done
  sl_frame ledger
  for sl_file in "$sl_inst/ledger"/*; do
    [ ! -f "$sl_file" ] || sl_text "$sl_file"
  done
}
