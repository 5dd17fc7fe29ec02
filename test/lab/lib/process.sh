# shellcheck shell=bash
# Processes: started detached, known again by more than a number, ended one by one.

say() { echo "lab: $*" >&2; }
fail() { say "$*"; exit 1; }
usage_error() { say "$*"; exit 64; }
unavailable() { say "cannot run here: $*"; exit 69; }

# patiently SECONDS CMD…: tries CMD until it succeeds
patiently() {
  local until=$((SECONDS + $1 + 1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.05
  done
}

# serves PIDFILE SECONDS CMD…: waits until CMD succeeds, or that daemon is dead
serves() {
  local pidfile=$1
  shift
  patiently "$1" finished "$pidfile" "${@:2}" && alive "$pidfile"
}
finished() { ! alive "$1" || "${@:2}"; }

# identity PID: sets STATE (a letter) and IDENTITY. A pid alone is worth nothing after a reboot or a long
# night: its start time (clock ticks since boot) and the boot's id make it one process for ever.
identity() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  read -ra stat <<<"${stat##*) }"
  STATE=${stat[0]} IDENTITY="$1 ${stat[19]} $BOOT"
  [ "$STATE" != Z ] && [ "$STATE" != X ]
}
BOOT=$(</proc/sys/kernel/random/boot_id)

# alive PIDFILE: is the process it names still the one that was started? Sets PID and STAMP (what it was started from).
alive() {
  local pid started boot
  PID='' STAMP=''
  { read -r pid started boot STAMP <"$1"; } 2>/dev/null || return 1
  identity "$pid" && [ "$IDENTITY" = "$pid $started $boot" ] && PID=$pid
}

# spawn PIDFILE LOG STAMP CMD…: CMD as a daemon: own session, clean environment, none of our descriptors (a
# caller's pipe must not stay open, nor our lock).
spawn() {
  local pidfile=$1 log=$2 stamp=$3 fd
  shift 3
  mkdir -p "${pidfile%/*}" "${log%/*}"
  (
    cd / && umask 022
    for fd in /proc/self/fd/*; do
      fd=${fd##*/}
      [ "$fd" -le 2 ] || eval "exec $fd>&-"
    done
    exec setsid env -i "PATH=$PATH" LANG=C.UTF-8 ${SLURM_PREFIX:+"SLURM_CONF=$CONF"} "$@" </dev/null >>"$log" 2>&1
  ) &
  identity $! || fail "could not start: $* (see $log)"
  echo "$IDENTITY $stamp" >"$pidfile"
}

# end PIDFILE: ends that process: politely for 15 s, then not
end() {
  if alive "$1"; then
    local pidfile=$1
    kill -TERM "$PID" && kill -CONT "$PID" || true
    patiently 15 dead "$pidfile" || { kill -KILL "$PID" && patiently 5 dead "$pidfile"; } || true
  fi
  rm -f "$1"
}
dead() { ! alive "$1"; }

# marked [CLUSTER [HOST]]: pids of all that lives in our mount namespaces: lib/in-host names its /dev/shm after
# lab, cluster and host, so what a lost daemon left behind is found without guessing by name.
marked() {
  local f
  grep -lF "sluice-lab:$LAB:${1:+$1:}${2:+$2 }" /proc/[0-9]*/mountinfo 2>/dev/null |
    while IFS=/ read -r _ _ f _; do echo "$f"; done || true
}

# signal SIG [PID…]: some may be gone meanwhile; without pids, those on stdin
signal() {
  local sig=$1 pids
  shift
  if [ $# -gt 0 ]; then pids=("$@"); else mapfile -t pids; fi
  [ ${#pids[@]} = 0 ] || kill -"$sig" "${pids[@]}" 2>/dev/null || true
}
