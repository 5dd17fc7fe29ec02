# shellcheck shell=sh
# Claims, files, tickets, submissions, and the fence that ends them. See README.md beside this file.

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
