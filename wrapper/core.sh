# shellcheck shell=sh
# Sluice's half on the cluster: claims, files, tickets, fences, results, ledger. See README.md beside this file.
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

# ---------------------------------------------------------------- claiming and placing

# What cannot be written whole is not linked: nothing of it is there.
sluice_claim() {
  sl_need_tmp claim || return 1
  printf '%s' "$2" 2>/dev/null >"$sl_tmp/claims/$1" && return 0
  sl_why "$sl_tmp/claims/$1" || :
  sl_frame unclaimed "$1" "$sl_words"
}

# One sync and one link for all; the winner is whose nonce reads back, whatever link() reported, and whose claim is
# whole. Without the sync none of them counts.
sluice_claims() {
  sl_link_claims || {
    sl_frame fault claims "$sl_inst/claims cannot be written: $sl_words"
    return 1
  }
  sl_find_over
  for sl_file in "$sl_tmp/claims"/*; do
    [ -f "$sl_file" ] || continue
    sl_token=${sl_file##*/} sl_own=+ sl_won=-
    IFS=' ' read -r sl_key sl_value sl_own <"$sl_file" || :
    { IFS=' ' read -r sl_key sl_value sl_won <"$sl_inst/claims/$sl_token"; } 2>/dev/null || :
    if [ "$sl_own" = "$sl_won" ] && [ ! -f "$sl_tmp/whole/$sl_token" ]; then
      sl_frame fault claims "$sl_inst/claims/$sl_token is not whole; look at it before anything is done about it"
    elif [ "$sl_own" = "$sl_won" ] && [ -f "$sl_tmp/over/$sl_token" ]; then
      rm -f "$sl_inst/claims/$sl_token"
      sl_frame over "$sl_token"
    elif [ "$sl_own" = "$sl_won" ]; then
      : >"$sl_tmp/held/$sl_token"
      sl_frame claimed "$sl_token"
    elif [ "$sl_won" = - ]; then
      sl_frame fault claims "$sl_token could not be linked"
    else
      sl_frame follows "$sl_token" "$sl_won"
    fi
  done
}

# whole/: a file for each of these claims that ends in its last line where it stands. One process for all.
sl_link_claims() {
  mkdir -p "$sl_tmp/whole" && (cd "$sl_tmp/claims" && ls) >"$sl_tmp/claiming" || sl_why "$sl_tmp/claiming" || return 1
  sl_sync "$sl_tmp/claims" || return 1
  # shellcheck disable=SC2016 # expanded by the inner shell
  (cd "$sl_tmp/claims" && xargs -n 500 sh -c 'ln -- "$@" "$0/"' "$sl_inst/claims") <"$sl_tmp/claiming" 2>/dev/null
  sl_sync "$sl_inst/claims" || return 1
  # shellcheck disable=SC2016 # awk's own
  (cd "$sl_inst/claims" && xargs -n 500 awk '
    FNR == 1 && name != "" { if (last == "end") print name }
    { name = FILENAME; last = $0 }
    END { if (last == "end") print name }') <"$sl_tmp/claiming" 2>/dev/null |
    while IFS= read -r sl_token; do : >"$sl_tmp/whole/$sl_token"; done
}

# What another state of the installation has settled meanwhile is in the ledger, and must not begin again. Looked up after
# the link, as a claim leaves only when its line is there. A line's own text has its quotes escaped: this is its head.
sl_find_over() {
  mkdir -p "$sl_tmp/over"
  (cd "$sl_tmp/claims" && ls) | sed 's/.*/1 {"token":"&"/' >"$sl_tmp/heads"
  find "$sl_inst/ledger" -type f -exec cat {} + | grep -F -f "$sl_tmp/heads" |
    sed 's/^1 {"token":"\([^"]*\)".*/\1/' |
    while IFS= read -r sl_token; do : >"$sl_tmp/over/$sl_token"; done
}

sluice_hold() {
  sl_need_tmp hold || return 1
  if [ -f "$sl_inst/claims/$1" ] && sl_read_claim "$1"; then
    : >"$sl_tmp/held/$1"
    sl_frame holds "$1"
  else
    sl_frame fault hold "$1 has no whole claim"
  fi
}

# By its first two lines, which is all that a hold costs: a claim is linked only when it stands there whole.
sl_read_claim() {
  sl_claim_nonce=- sl_jobdir=$sl_work/$1
  {
    IFS=' ' read -r sl_key sl_value sl_claim_nonce && [ "$sl_key $sl_value" = 'sluice-claim 1' ] &&
      IFS=' ' read -r sl_key sl_value && [ "$sl_key" = directory ] && sl_jobdir=$sl_value && return 0
  } 2>/dev/null <"$sl_inst/claims/$1"
  sl_claim_nonce=-
  return 1
}

# Unpacked beside, then each attempt's directory takes its place in one rename: whole or not at all. It is its owner's
# alone; below it modes are as they were sent.
sluice_place() {
  sl_need_tmp place || return 1
  sl_staging=$sl_work/.staging/$sl_nonce
  if ! sl_words=$( (umask 077 && mkdir -p "$sl_staging" && chmod 700 "$sl_work/.staging") 2>&1); then
    sl_first_line
    sl_frame fault place "$sl_staging cannot be made: $sl_words"
    return 1
  fi
  sl_frame ready
  { gzip -dc 2>"$sl_tmp/gzip" || : >"$sl_tmp/cut"; } | tar -xpof - -C "$sl_staging" 2>"$sl_tmp/tar" || : >"$sl_tmp/cut"
  if [ -f "$sl_tmp/cut" ]; then
    sl_frame fault place "the files did not arrive whole"
    sl_errors "$sl_tmp/gzip"
    sl_errors "$sl_tmp/tar"
    rm -rf "$sl_staging"
    return 1
  fi
  for sl_file in "$sl_staging"/*; do
    sl_token=${sl_file##*/}
    [ -f "$sl_tmp/held/$sl_token" ] && [ ! -e "$sl_work/$sl_token" ] && printf '%s\n' "$sl_token"
  done >"$sl_tmp/moving"
  # shellcheck disable=SC2016 # expanded by the inner shell
  [ ! -s "$sl_tmp/moving" ] ||
    (cd "$sl_staging" && xargs -n 500 sh -c 'chmod 700 -- "$@" && mv -- "$@" "$0/"' "$sl_work" <"$sl_tmp/moving") 2>"$sl_tmp/mv"
  for sl_file in "$sl_tmp/held"/*; do
    [ -f "$sl_file" ] || continue
    sl_token=${sl_file##*/}
    if sl_is_held "$sl_token"; then sl_frame placed "$sl_token"; fi
  done
  [ ! -s "$sl_tmp/mv" ] || {
    sl_frame fault place "not all files took their place"
    sl_errors "$sl_tmp/mv"
  }
  rm -rf "$sl_staging"
}

# TOKEN TEXT: another batch script, before anybody was asked to submit it. Whoever reads it, reads one of the two whole.
sluice_rescript() {
  if ! sl_is_held "$1"; then
    sl_frame fault rescript "$1 is not held and placed"
    return 0
  elif [ -f "$sl_inst/tickets/$1" ]; then
    sl_frame fault rescript "$1 has its ticket: its script may have been read"
  elif ! sl_write_script "$2"; then
    sl_frame fault rescript "the script of $1 cannot be written: $sl_words"
  else
    sl_frame rescripted "$1"
    return 0
  fi
  # Nothing is submitted with a script that was to be another.
  rm -f "$sl_held/$1"
}

sl_write_script() {
  sl_file=$sl_jobdir/.sluice/script.$sl_nonce
  (umask 077 && printf '%s' "$1" >"$sl_file" && chmod 700 "$sl_file") 2>/dev/null || sl_why "$sl_file" || return 1
  if sl_sync "$sl_file" && sl_words=$(mv -f "$sl_file" "$sl_jobdir/.sluice/script" 2>&1) && sl_sync "$sl_jobdir/.sluice"; then
    return 0
  fi
  rm -f "$sl_file"
  sl_first_line
  return 1
}

# ---------------------------------------------------------------- submitting, fencing, cancelling

# What is to be submitted, side by side where the manager bears it: while the controller thinks about one, the next is on
# its way. The exchange defines sluice_turns, which calls sluice_submit for each; every lane goes through all of them and
# takes its own. All tickets are written and linked in one go, before the first.
sluice_submits() {
  sl_need_tmp submits || return 1
  sl_start_of $$
  sl_now
  sl_me="$sl_nonce $sl_host $$ $sl_start $sl_clock" sl_lane=tickets sl_flights='' sl_landed=''
  wm_lanes
  sluice_turns
  # shellcheck disable=SC2016 # expanded by the inner shell
  (cd "$sl_tmp/tickets" && ls) | (cd "$sl_tmp/tickets" && xargs -n 500 sh -c 'ln -- "$@" "$0/"' "$sl_inst/tickets") 2>/dev/null
  if [ "$sl_lanes" = 1 ]; then
    sl_lane=only sl_said=$sl_tmp/lane.1/said
    sluice_turns
    sl_land
    return 0
  fi
  sl_lane=0
  while [ "$sl_lane" -lt "$sl_lanes" ]; do
    sl_lane=$((sl_lane + 1))
    sl_take_lane </dev/null &
    sl_flights="$sl_flights $!"
  done
  for sl_flight in $sl_flights; do
    # A signal that is handled ends a wait early.
    while wait "$sl_flight"; [ $? -gt 128 ] && kill -0 "$sl_flight" 2>/dev/null; do :; done
  done
  sl_land
}

# What had to be said in more than one line. A refusal counts from here on, so its fence is on the disk before it is heard.
sl_land() {
  for sl_file in "$sl_tmp"/lane.*/said; do
    [ -s "$sl_file" ] || continue
    sl_path=$sl_landed
    { IFS= read -r sl_path <"${sl_file%said}fenced"; } 2>/dev/null || :
    [ "$sl_path" = "$sl_landed" ] || sl_sync "$sl_path" || {
      sl_frame fault submit "the fences of what was refused may not be on the disk: $sl_words"
      return 0
    }
    sl_landed=$sl_path
    cat "$sl_file" 2>/dev/null
  done
}

# In a process of its own: what it changes of our variables is its own too.
sl_take_lane() {
  trap : PIPE HUP
  sl_tmp=$sl_tmp/lane.$sl_lane sl_turn=0
  sl_said=$sl_tmp/said
  sluice_turns
}

sluice_submit() {
  case $sl_lane in
  tickets)
    ! sl_is_held "$1" || sl_write_ticket "$1"
    return 0
    ;;
  only) ;;
  *)
    sl_turn=$((sl_turn + 1))
    [ $((sl_turn % sl_lanes + 1)) = "$sl_lane" ] || return 0
    # A lane whose exchange was killed begins nothing more.
    kill -0 $$ 2>/dev/null || exit 0
    ;;
  esac
  if sl_is_held "$1"; then
    sl_submit_one "$@" || :
  else
    sl_frame fault submit "$1 is not held and placed"
  fi
}

# A line is whole in any pipe; more than one goes by a file where another may speak between them.
sl_submit_one() {
  sl_token=$1
  shift
  sl_has_ticket
  case $? in
  0) ;;
  1)
    sl_frame follows "$sl_token"
    return 0
    ;;
  *)
    sl_frame fault submit "the ticket of $sl_token cannot be written: $sl_words"
    return 0
    ;;
  esac
  # Before the fence is looked for: who fences what has not begun is either seen here, or sees that it has.
  if ! sl_begin_ticket; then
    sl_frame fault submit "the ticket of $sl_token cannot be written: $sl_words"
    return 0
  fi
  # Its turn may have come late, and the attempt been given up meanwhile.
  sl_owner=-
  sl_owner_word
  if [ "$sl_owner" = fence ]; then
    sl_frame follows "$sl_token"
    return 0
  fi
  sl_id='' sl_code=0
  : >"$sl_tmp/err"
  wm_submit "$sl_token" "$@"
  case $? in
  0)
    # On the cluster before it is reported: a lost reply loses nothing.
    sl_write_id "$sl_id"
    sl_frame submitted "$sl_token" "$sl_id"
    ;;
  1) sl_refused ;;
  *) sl_not_submitted unknown ;;
  esac
}

# A job may exist all the same. Behind the fence none runs anything; one that was there first is followed, and where
# neither can be told, nothing is.
sl_refused() {
  sl_owner=-
  ! sl_make_fence || sl_owner_word
  case $sl_owner in
  fence)
    # Where the fences of this lane are: beside its own words.
    printf '%s\n' "${sl_jobdir%/*}" 2>/dev/null >"${sl_said%said}fenced" || {
      sl_not_submitted unknown
      return 0
    }
    { printf 'refused %s\n' "$sl_code" && cat "$sl_tmp/err"; } >"$sl_tmp/refused" && mv -f "$sl_tmp/refused" "$sl_inst/jobs/$sl_token"
    sl_not_submitted refused
    ;;
  job:*)
    sl_id=${sl_owner#job:}
    sl_write_id "${sl_id%:*}"
    sl_frame owned "$sl_token" "$sl_owner"
    ;;
  *) sl_not_submitted unknown ;;
  esac
}

sl_not_submitted() {
  { sl_frame "$1" "$sl_token" "$sl_code" && sl_errors "$sl_tmp/err"; } >>"$sl_said"
}

sl_write_ticket() {
  printf '%s\n' "$sl_me" 2>/dev/null >"$sl_tmp/tickets/$1" || rm -f "$sl_tmp/tickets/$1"
}

# A link that only one maker gets; read back, because link() over NFS may fail and have succeeded. 1: another has it;
# 2: it cannot be written.
sl_has_ticket() {
  sl_found=
  { IFS= read -r sl_found <"$sl_inst/tickets/$sl_token"; } 2>/dev/null || {
    [ -f "$sl_inst/tickets/$sl_token" ] || sl_why "$sl_inst/tickets/.$sl_nonce" || return 2
    return 1
  }
  [ "$sl_found" = "$sl_me" ]
}

# The ticket's second line: from here on sbatch may be under way. Builtins only, where the machine tells its uptime.
sl_begin_ticket() {
  sl_now
  printf 'began %s\n' "$sl_clock" 2>/dev/null >>"$sl_inst/tickets/$sl_token" || sl_why "$sl_inst/tickets/.$sl_nonce"
}

# Links the fence as owner of the attempt in $sl_jobdir; fails where it cannot be written. Not synced.
sl_make_fence() {
  [ -d "$sl_jobdir/.sluice" ] || (umask 077 && mkdir -p "$sl_jobdir/.sluice") 2>/dev/null || return 1
  printf 'fence %s\n' "$sl_nonce" 2>/dev/null >"$sl_jobdir/.sluice/fence.$sl_nonce" || return 1
  ln "$sl_jobdir/.sluice/fence.$sl_nonce" "$sl_jobdir/.sluice/owner" 2>/dev/null || :
}

sluice_fence() {
  sl_token=$1 sl_owner=-
  sl_dir "$sl_token"
  if sl_make_fence && sl_sync "$sl_jobdir/.sluice"; then sl_owner_word; fi
  case $sl_owner in
  fence)
    sl_st_stop
    sl_frame fenced "$sl_token"
    ;;
  - | '?') sl_frame fault fence "$sl_token: its owner mark can be neither made nor read" ;;
  *) sl_frame owned "$sl_token" "$sl_owner" ;;
  esac
}

sluice_cancel() {
  sl_need_tmp cancel || return 1
  : >"$sl_tmp/err"
  wm_cancel "$1" "$2"
  sl_frame cancelled "$1" "$?"
  sl_errors "$sl_tmp/err"
  sl_dir "$1"
  sl_st_give_up_after || sl_frame fault cancel "$1: what comes after its job cannot be ended, as no mark can be made there"
  sl_st_stop
}

# ---------------------------------------------------------------- results

# Notes what is wanted. Patterns are expanded by the shell alone: no splitting, no substitution.
sluice_collect() {
  sl_need_tmp collect || return 1
  sl_token=$1 sl_index=0
  shift
  sl_dir "$sl_token"
  if ! sl_begin_collecting || ! ln -s "$sl_jobdir" "$sl_tmp/tree/$sl_token"; then
    sl_frame fault collect "what is wanted of $sl_token cannot be noted in $sl_tmp; is there room?"
    return 1
  fi
  sl_tell_gone
  [ ! -d "$sl_jobdir/logs" ] || sl_want "$sl_jobdir/logs"
  for sl_pattern; do
    sl_index=$((sl_index + 1)) sl_count=0
    case /$sl_pattern/ in */../*) sl_pattern= ;; esac
    [ -z "$sl_pattern" ] || sl_match
    sl_frame match "$sl_token" "$sl_index" "$sl_count"
  done
}

# A purge may have taken the directory, or all files in it: what is not found then is no fault of its owner's. What only
# cannot be looked into is not gone.
sl_tell_gone() {
  sl_words=$(LC_ALL=C ls "$sl_jobdir/.sluice/." "$sl_jobdir/logs/." 2>&1 >/dev/null) || :
  case $sl_words in
  '') [ -n "$(ls -A "$sl_jobdir/.sluice")" ] || sl_frame gone "$sl_token" "$sl_jobdir" ;;
  *'No such file'* | *'Not a directory'*) sl_frame gone "$sl_token" "$sl_jobdir" ;;
  *) printf '%s\n' "$sl_token/logs" >>"$sl_tmp/unread" || sl_short=1 ;;
  esac
}

# The lists are written by appending, so that several can write one; tree/ has a link for each attempt.
sl_begin_collecting() {
  [ -z "$sl_collecting" ] || return 0
  sl_collecting=1
  sl_nl='
'
  if command -v sha256sum >/dev/null 2>&1; then
    sl_tool=sha256sum
  elif command -v shasum >/dev/null 2>&1; then
    sl_tool='shasum -a 256'
  else
    sl_tool='openssl dgst -sha256 -r'
  fi
  # A name that holds a newline can be listed only for a tar that undoes escapes.
  sl_odd_tool=false
  ! sl_tar_unquotes || sl_odd_tool=$sl_tool
  mkdir -p "$sl_tmp/tree" || return 1
  for sl_file in wanted found odd odd.sums unread dangling special find.err; do : >"$sl_tmp/$sl_file" || return 1; done
}

sl_tar_unquotes() { tar --no-unquote --version >/dev/null 2>&1; }

# Without it a second path to a file is sent as a hard link to the first, which the near half copies.
sl_tar_dereferences() { tar --hard-dereference --version >/dev/null 2>&1; }

# What bears the pattern as its name, and what it matches; a link to nothing too, so that it can be named.
sl_match() {
  sl_literal=$sl_jobdir/work/$sl_pattern
  ! sl_is_there "$sl_literal" || sl_want "$sl_literal"
  sl_ifs=$IFS IFS=
  # shellcheck disable=SC2086 # globbing is the purpose; IFS is empty, so nothing splits
  for sl_file in "$sl_jobdir/work/"$sl_pattern; do
    [ "$sl_file" = "$sl_literal" ] || ! sl_is_there "$sl_file" || sl_want "$sl_file"
  done
  IFS=$sl_ifs
}

sl_is_there() { [ -e "$1" ] || [ -L "$1" ]; }

# Lines `INDEX PATH`: for which of the patterns, 0 for the logs. A name that holds a newline is looked up at once.
sl_want() {
  sl_count=$((sl_count + 1))
  case $1 in
  *"$sl_nl"*) (cd "$sl_tmp/tree" && sl_find sh "$sl_token${1#"$sl_jobdir"}") || sl_short=1 ;;
  *) printf '%s\n' "$sl_index $sl_token${1#"$sl_jobdir"}" >>"$sl_tmp/wanted" || sl_short=1 ;;
  esac
}

# The last verb: after the frame nothing but a gzip tar, its first entry the digests of all that follows.
sluice_stream() {
  sl_need_tmp stream || return 1
  if ! sl_begin_collecting || [ -n "$sl_short" ] || ! sl_find_wanted || ! sl_digest_found || ! sl_tell_unread; then
    sl_frame fault stream "what was found cannot be listed in $sl_tmp; is there room?"
    return 1
  fi
  # GNU tar would read \n in a listed name as a newline, which is so in odd/ alone.
  sl_verbatim='' sl_odd=''
  ! sl_tar_unquotes || sl_verbatim=--no-unquote
  ! sl_tar_dereferences || sl_verbatim="$sl_verbatim --hard-dereference"
  [ ! -s "$sl_tmp/odd" ] || sl_odd='--unquote -T ../odd'
  sl_frame stream
  # shellcheck disable=SC2086 # words, or none
  (cd "$sl_tmp/tree" && tar $sl_verbatim -chf - -T ../files $sl_odd 2>/dev/null) | gzip -1
  rm -rf "$sl_tmp"
}

# $sl_tmp/quoted: the lines of a list as xargs wants them; every byte but the plain ones is escaped.
sl_quote() { LC_ALL=C sed 's/[^A-Za-z0-9_.,:@%+=/-]/\\&/g' "$sl_tmp/$1" >"$sl_tmp/quoted"; }

# $sl_tmp/found: the files; $sl_tmp/folders: the directories below work/, which may be empty.
sl_find_wanted() {
  sl_named_by_find="s/^find: '\{0,1\}\(.*[^']\)'\{0,1\}: [^:]*\$/\1/p"
  sed 's/^[0-9]* //' "$sl_tmp/wanted" >"$sl_tmp/roots" && sl_quote roots || return 1
  [ ! -s "$sl_tmp/quoted" ] || (cd "$sl_tmp/tree" && sl_find xargs <../quoted) || return 1
  # Where the disk is full, lists end early.
  ! grep -q 'write error' "$sl_tmp/find.err" && printf '/\n' >>"$sl_tmp/found" || return 1
  LC_ALL=C sort -u "$sl_tmp/found" >"$sl_tmp/sorted" &&
    sed -n '/^[^/]*\/work\//s:/$::p' "$sl_tmp/sorted" >"$sl_tmp/folders" &&
    sed '/\/$/d' "$sl_tmp/sorted" >"$sl_tmp/found" || return 1
  # What find could not look into; a directory that leads back to itself is no loss, a link that does is one to nothing.
  LC_ALL=C sed -n -e '/ loop /d' -e '/symbolic links$/d' -e '/No such file/d' \
    -e "$sl_named_by_find" "$sl_tmp/find.err" >>"$sl_tmp/unread" &&
    LC_ALL=C sed -n -e '/symbolic links$/!d' -e "$sl_named_by_find" "$sl_tmp/find.err" >>"$sl_tmp/dangling"
}

# `xargs`, or `sh` and one PATH: appends to ../found and, for names that hold a newline, to ../odd*. Looks
# through links; directories end in a slash. That some could not be read is told by what find says, not by its code.
sl_find() {
  # shellcheck disable=SC2016 # expanded by the inner shells
  sl_list_odd='for sl_path; do
    sl_name=$(printf "%s\n" "$sl_path" | sed -e "s/\\\\/&&/g" -e "\$!s/\$/\\\\n/" | tr -d "\n")
    if [ -d "$sl_path" ]; then
      printf "\\\\-  %s\n" "$sl_name" >>../odd.sums
    elif [ -f "$sl_path" ] && sl_sum=$($0 <"$sl_path"); then
      printf "\\\\%s  %s\n" "${sl_sum%%[ *]*}" "$sl_name" >>../odd.sums && printf "%s\n" "$sl_name" >>../odd
    elif [ -f "$sl_path" ]; then
      printf "%s\n" "$sl_name" >>../unread
    elif [ -e "$sl_path" ]; then
      printf "%s\n" "$sl_name" >>../special
    else
      printf "%s\n" "$sl_name" >>../dangling
    fi
  done'
  # shellcheck disable=SC2016 # expanded by the inner shell
  sl_look='sl_list_odd=$0 sl_tool=$1
  shift
  LC_ALL=C find -L "$@" -path "*
*" -exec sh -c "$sl_list_odd" "$sl_tool" {} + -o -type d -exec printf "%s/\n" {} + -o -type f -exec printf "%s\n" {} + \
    -o -type l -exec sh -c "printf \"%s\n\" \"\$@\" >>../dangling" sh {} + \
    -o -exec sh -c "printf \"%s\n\" \"\$@\" >>../special" sh {} +
  :'
  case $1 in
  xargs) xargs -n 500 sh -c "$sl_look" "$sl_list_odd" "$sl_odd_tool" ;;
  *) sh -c "$sl_look" "$sl_list_odd" "$sl_odd_tool" "$2" ;;
  esac >>"$sl_tmp/found" 2>>"$sl_tmp/find.err"
}

# tree/sums, and of the names found those that have a digest: the others could not be read.
sl_digest_found() {
  sl_quote found || return 1
  {
    # shellcheck disable=SC2016 # expanded by the inner shell
    [ ! -s "$sl_tmp/quoted" ] || (cd "$sl_tmp/tree" && xargs -n 500 sh -c "$sl_tool"' "$@"' sum <../quoted 2>/dev/null)
    echo end
  } >"$sl_tmp/sums"
  # Where the disk is full, the last line is not there.
  [ "$(tail -n 1 "$sl_tmp/sums")" = end ] || return 1
  sl_name_digested <"$sl_tmp/sums" >"$sl_tmp/digested" &&
    LC_ALL=C comm -23 "$sl_tmp/found" "$sl_tmp/digested" >>"$sl_tmp/unread" &&
    { sed '$d' "$sl_tmp/sums" && sed 's/^/-  /' "$sl_tmp/folders" && LC_ALL=C sort -u "$sl_tmp/odd.sums"; } >"$sl_tmp/tree/sums" &&
    LC_ALL=C sort -u "$sl_tmp/odd" >"$sl_tmp/odd.once" && cat "$sl_tmp/odd.once" >"$sl_tmp/odd" &&
    { echo sums && cat "$sl_tmp/digested"; } >"$sl_tmp/files"
}

# The names in lines of digests; a line that begins with a backslash has them escaped.
sl_name_digested() {
  sl_one=$(printf '\001') sl_cr=$(printf '\r')
  LC_ALL=C sed -n -e 's/^[0-9a-f]\{64\} [ *]//p' -e t -e 's/^\\[0-9a-f]\{64\} [ *]//' -e 't escaped' -e d -e ':escaped' \
    -e "s/\\\\\\\\/$sl_one/g" -e "s/\\\\r/$sl_cr/g" -e "s/$sl_one/\\\\/g" -e p
}

# `unread`, `dangling` or `special`, each `TOKEN INDEX PATH`, for each of the outputs that lack it; enough for a person.
sl_tell_unread() {
  for sl_kind in unread dangling special; do sl_tell_lost || return 1; done
}

sl_tell_lost() {
  [ -s "$sl_tmp/$sl_kind" ] || return 0
  LC_ALL=C sort -u "$sl_tmp/$sl_kind" | head -n 100 >"$sl_tmp/first" || return 1
  LC_ALL=C awk '
    NR == FNR { path[++count] = $0; next }
    { root = substr($0, length($1) + 2)
      for (n = 1; n <= count; n++)
        if (path[n] == root || index(path[n], root "/") == 1) { print $1, path[n]; told[n] = 1 } }
    END { for (n = 1; n <= count; n++) if (!told[n]) print "-", path[n] }' \
    "$sl_tmp/first" "$sl_tmp/wanted" | sort -u >"$sl_tmp/told" || return 1
  while IFS= read -r sl_line; do
    sl_file=${sl_line#* }
    sl_frame "$sl_kind" "${sl_file%%/*}" "${sl_line%% *}" "${sl_file#*/}"
  done <"$sl_tmp/told"
}

# What an attempt's steps left for the near half: a file each.
sluice_told() {
  if [ ! -f "$sl_inst/claims/$1" ]; then
    sl_frame fault told "$1 has no claim"
    sl_frame told "$1"
    return 0
  fi
  sl_dir "$1"
  sl_room=8388608
  for sl_file in "$sl_jobdir/.sluice/told"/* "$sl_jobdir/.sluice/modules"/preprocessing.*.json "$sl_jobdir/.sluice/modules"/postprocessing.*.json; do
    # What the job was sent with is known.
    case ${sl_file##*/} in input.json | *[!A-Za-z0-9._-]*) continue ;; esac
    if [ -L "$sl_file" ] || [ ! -f "$sl_file" ]; then continue; fi
    sl_tell "$1" "${sl_file##*/}"
  done
  # Whoever reads it knows by this that it is all.
  sl_frame told "$1"
}

# TOKEN NAME: $sl_file, where it is no longer than may be told.
sl_tell() {
  if ! { sl_size=$(wc -c <"$sl_file"); } 2>/dev/null; then
    sl_frame fault told "$1 $2 cannot be read"
  elif [ $((sl_size)) -gt 1048576 ]; then
    sl_frame fault told "$1 $2 has $((sl_size)) bytes; at most 1048576 are told"
  elif [ $((sl_size)) -gt "$sl_room" ]; then
    sl_frame fault told "$1 $2 has $((sl_size)) bytes, and with what was told before it is more than 8388608"
  else
    sl_room=$((sl_room - sl_size))
    sl_frame told "$1" "$2"
    # No more than was counted.
    [ "$sl_size" -eq 0 ] || { head -c $((sl_size)) "$sl_file" | LC_ALL=C sed "s/^/@$sl_nonce | /" && echo; } 2>/dev/null || :
  fi
}

sluice_tail() {
  sl_need_tmp tail || return 1
  sl_dir "$1"
  case $2 in */* | '' | .*) return 0 ;; esac
  sl_file=$sl_jobdir/logs/$2
  if [ ! -f "$sl_file" ]; then
    sl_frame tail -
    return 0
  fi
  sl_size=$(wc -c <"$sl_file")
  # No more than was counted: what is written meanwhile is told next time, once.
  sl_count=$((sl_size - $3))
  [ "$sl_count" -le "$4" ] || sl_count=$4
  [ "$sl_count" -ge 0 ] || sl_count=0
  tail -c +"$(($3 + 1))" "$sl_file" | head -c "$sl_count" >"$sl_tmp/tail"
  sl_frame tail $((sl_size))
  sl_text "$sl_tmp/tail"
}

# ---------------------------------------------------------------- settling and cleaning

# Ticket and claim leave with it, so that from here on only its owner mark speaks against a script that slept through
# its end and would still submit: an attempt that nobody owns is fenced.
sluice_settle() {
  sl_need_tmp settle || return 1
  sl_dir "$1"
  [ -e "$sl_jobdir/.sluice/owner" ] || ! sl_make_fence || sl_fenced_in=$sl_jobdir/.sluice
  # A line that was cut would spoil the next one too.
  if [ -z "$sl_ledger_cut" ] && printf '%s\n' "$2" 2>/dev/null >>"$sl_tmp/ledger"; then
    sl_settling="$sl_settling $1"
  else
    sl_ledger_cut=1
  fi
}

# The ledger's part is on disk, and was read back, before the claims leave: at no moment is an attempt in neither.
sluice_settled() {
  if ! sl_write_ledger; then
    sl_frame fault settled "the ledger cannot be written: $sl_words"
    return 0
  fi
  sl_whole=" $(tr '\n' ' ' <"$sl_tmp/settled") "
  for sl_token in $sl_settling; do
    case $sl_whole in *" $sl_token "*) ;; *) continue ;; esac
    sl_id_word
    wm_forget "$sl_token" "$sl_job"
    printf '%s\n' "claims/$sl_token" "tickets/$sl_token" "jobs/$sl_token"
  done >"$sl_tmp/leaving"
  (cd "$sl_inst" && xargs -n 500 rm -f -- <"$sl_tmp/leaving")
  for sl_token in $sl_settling; do
    if [ ! -e "$sl_inst/claims/$sl_token" ]; then
      sl_frame settled "$sl_token"
    else
      sl_frame fault settled "the line of $sl_token does not stand in the ledger as it was written"
    fi
  done
}

# $sl_tmp/settled: the tokens whose lines stand in the ledger from their beginning to their end.
sl_write_ledger() {
  sl_part=$sl_inst/ledger/$sl_clock-$sl_nonce
  [ -z "$sl_ledger_cut" ] || sl_why "$sl_tmp/probe" || return 1
  [ -z "$sl_fenced_in" ] || sl_sync "$sl_fenced_in" || return 1
  sl_sync "$sl_tmp" || return 1
  ln "$sl_tmp/ledger" "$sl_part" 2>/dev/null || :
  [ -f "$sl_part" ] || sl_why "$sl_inst/ledger/.probe" || return 1
  sl_sync "$sl_inst/ledger" || return 1
  sed -n 's/^1 {"token":"\([^"]*\)".*}$/\1/p' "$sl_part" 2>/dev/null >"$sl_tmp/settled" || sl_why "$sl_tmp/probe"
}

# Only what is named after the token is ever removed.
sluice_clean() {
  case $1 in '' | .* | */*) return 0 ;; esac
  case $2 in
  */../* | */./* | *//*) return 0 ;;
  /*/"$1") ;;
  *) return 0 ;;
  esac
  [ ! -e "$sl_inst/claims/$1" ] || return 0
  rm -rf "$2" && sl_frame cleaned "$1"
}
