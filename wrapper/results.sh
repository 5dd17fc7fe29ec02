# shellcheck shell=sh
# What comes back of an attempt, and how it leaves: results, what its steps told, logs, ledger, cleaning.
# See README.md beside this file.

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
    [ -z "$sl_pattern" ] || sl_match_late
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

# Where a directory is shared over a network, a name that was asked for before its file was there can be remembered as
# absent: the directory is listed, and the name is asked for again.
sl_match_late() {
  sl_match
  [ "$sl_count" -eq 0 ] || return 0
  ls "${sl_literal%/*}/." >/dev/null 2>&1 || :
  sl_match
}

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
