#!/bin/bash -l
#SBATCH --partition=batch
#SBATCH --ntasks=1
# heat.0b7c2f0e-6a0b-5a6e-8f39-2f9b9d1c7a11.1

# Slurm may start a job twice, or one that was given up. The job whose mark stands as "owner" runs; any other ends here.
set +euC; IFS=$' \t\n' # whatever the login profile left
sluice_marks='/scratch/alice/sluice/heat.1/.sluice'
sluice_job=${SLURM_ARRAY_JOB_ID:-${SLURM_JOB_ID:-0}} sluice_task=${SLURM_ARRAY_TASK_ID:-0} sluice_restart=${SLURM_RESTART_COUNT:-0}
{ read -r sluice_nonce </proc/sys/kernel/random/uuid; } 2>/dev/null || sluice_nonce=$HOSTNAME-$$-$RANDOM$RANDOM$RANDOM
sluice_mine="job $sluice_job $sluice_restart $sluice_nonce"
sluice_mark=$sluice_marks/mark.$sluice_job.$sluice_task.$sluice_restart.$sluice_nonce
sluice_refuse() { # CODE WORDS
  rm -f "$sluice_mark" 2>/dev/null
  echo "sluice: $2; nothing of "'heat.0b7c2f0e-6a0b-5a6e-8f39-2f9b9d1c7a11.1'" was run" >&2
  exit "$1"
}
sluice_read() { # FILE: whose mark stands there
  { read -r sluice_owner <"$sluice_marks/$1"; } 2>/dev/null && [ -n "$sluice_owner" ] ||
    sluice_refuse 122 "the mark $sluice_marks/$1 could not be made on $HOSTNAME"
}
sluice_own() { # FILE: ours from here on, or not at all; ln says nothing reliable over NFS, the content does
  ln "$sluice_mark" "$sluice_marks/$1" 2>/dev/null
  sluice_read "$1"
  [ "$sluice_owner" != "$sluice_mine" ] || return 0
  set -- "$1" $sluice_owner
  [ "$2 $3" = "job $sluice_job" ] || sluice_refuse 121 "job $sluice_job is not the owner, which is: $sluice_owner"
  # an array is owned by its id, each task then by itself
  [ "$1" = task."$sluice_task" ] || [ "$sluice_task" = 0 ] || return 0
  [ "$sluice_restart" -gt "$4" ] || sluice_refuse 121 "job $sluice_job was started before: $sluice_owner"
  # started again, which was allowed: once for each count
  ln "$sluice_mark" "$sluice_marks/again.$sluice_task.$sluice_restart" 2>/dev/null
  sluice_read "again.$sluice_task.$sluice_restart"
  [ "$sluice_owner" = "$sluice_mine" ] || sluice_refuse 121 "job $sluice_job was started twice: $sluice_owner"
  mv -f "$sluice_mark" "$sluice_marks/$1" || sluice_refuse 122 "the mark $sluice_marks/$1 could not be replaced"
}
{ echo "$sluice_mine" >"$sluice_mark"; } 2>/dev/null ||
  sluice_refuse 122 "$sluice_marks cannot be written on $HOSTNAME"
sluice_own owner
[ "$sluice_task" = 0 ] || sluice_own task."$sluice_task"
rm -f "$sluice_mark"
sluice_leave() { # CODE: how it ended, for when Slurm no longer knows
  local mark=$sluice_marks/exit.$sluice_task now item=$sluice_item
  printf -v now '%(%s)T' -1
  if [ "$1" = 0 ]; then item=0; else echo "sluice: ended with code $1, item $item" >&2; fi
  echo "$1 $item $now $sluice_job $sluice_restart" >|"$mark.$sluice_nonce" && mv -f "$mark.$sluice_nonce" "$mark"
}
cd '/scratch/alice/sluice/heat.1/work' || sluice_refuse 122 "the working directory is not on $HOSTNAME"
sluice_item=0 sluice_their_exit=
trap() { # an EXIT trap of the items runs inside ours instead of replacing it
  if [ "$BASH_SUBSHELL" != 0 ] || [ $# -lt 2 ]; then builtin trap "$@"; return; fi
  local action=$1 signal others=()
  if [ "$1" = -- ]; then action=$2; shift; elif [[ $1 = -[lp]* ]]; then builtin trap "$@"; return; fi
  shift
  for signal; do
    case $signal in
      EXIT | exit | 0) if [ "$action" = - ]; then sluice_their_exit=; else sluice_their_exit=$action; fi ;;
      *) others+=("$signal") ;;
    esac
  done
  [ ${#others[@]} = 0 ] || builtin trap -- "$action" "${others[@]}"
}
sluice_end() { # at every end: an item failed, `exit`, `set -e`, TERM, or all is done
  local code=$?
  sluice_leave "$code" # before their trap too, which may itself end the shell
  [ -n "$sluice_their_exit" ] || exit "$code"
  set +e
  (exit "$code")
  eval "$sluice_their_exit"
}
builtin trap 'sluice_end' EXIT
builtin trap 'exit 143' TERM
sluice_check() {
  [ "$1" = 0 ] || exit "$1"
}

# ---- what the manifest says ----
sluice_item=1
eval './heat'
sluice_check $?
sluice_item=0
exit 0
