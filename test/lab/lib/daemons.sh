# shellcheck shell=bash
# How each daemon starts, and how we know that it serves. Starting what runs does nothing; what was started from
# other files than today's is started anew.

stamp() { cat "$HERE/lib/in-host" "$@" | cksum | cut -d' ' -f1; }

# keep PIDFILE STAMP: true if that daemon runs, from these files; thaws it if a test left it frozen
keep() {
  alive "$1" || return 1
  [ "$STAMP" = "$2" ] || { end "$1" && return 1; }
  [ "$STATE" != T ] || kill -CONT "$PID"
}

# launch PIDFILE LOG STAMP CLUSTER HOST ROLE CMD…: CMD on that host
launch() {
  local pidfile=$1 log=$2 stamp=$3
  shift 3
  end_strays "$1" "$2" "$(basename "$4")"
  spawn "$pidfile" "$log" "$stamp" unshare --mount --uts --propagation private "$HERE/lib/in-host" "$LAB" "$@"
}

# end_strays CLUSTER HOST COMMAND: the same daemon still alive from a start whose pid file was lost
end_strays() {
  local pid
  for pid in $(marked "$1" "$2"); do
    [ "$(ps -o comm=,ppid= -p "$pid" 2>/dev/null | tr -s ' ')" = "$3 1" ] || continue
    signal TERM "$pid" && signal CONT "$pid"
    patiently 5 eval "! kill -0 $pid" || signal KILL "$pid"
  done
}

munge_works() { munge -n -S "$1/munge/socket" 2>/dev/null | unmunge -S "$1/munge/socket" >/dev/null; }
start_munge() { # FOLDER: the site's, or the lab's for slurmdbd
  local dir=$1/munge pidfile=$1/pid/munge
  mkdir -p "$dir" && chown munge:munge "$dir" && chmod 755 "$dir"
  if ! keep "$pidfile" 1; then
    spawn "$pidfile" "$1/log/munge.out" 1 setpriv --reuid munge --regid munge --clear-groups munged --foreground --force --num-threads=4 \
      --socket="$dir/socket" --key-file="$LAB/munge.key" --pid-file="$dir/pid" --log-file="$dir/log" --seed-file="$dir/seed"
  fi
  serves "$pidfile" 10 munge_works "$1" || fail "munge does not answer (see $dir/log)"
}

db() { # CLIENT ARG…
  local client=$1
  shift
  "$client" --no-defaults --socket="$LAB/mysql/socket" "$@"
}
start_mysql() {
  local d=$LAB/mysql pidfile=$LAB/pid/mysqld
  keep "$pidfile" 1 && return
  mkdir -p "$d" && chown mysql:mysql "$d"
  # the folder appears whole or not at all: an interrupted first start must not look like a database
  [ -d "$d/data" ] || {
    rm -rf "$d/new"
    mariadb-install-db --no-defaults --user=mysql --datadir="$d/new" --skip-test-db >"$LAB/log/mysql-install.log" 2>&1 ||
      fail "MariaDB: $(tail -1 "$LAB/log/mysql-install.log")"
    mv "$d/new" "$d/data"
  }
  spawn "$pidfile" "$LAB/log/mysqld.log" 1 mariadbd --no-defaults --user=mysql --datadir="$d/data" --socket="$d/socket" \
    --pid-file="$d/own.pid" --skip-networking --skip-log-bin --innodb-buffer-pool-size=256M --innodb-log-file-size=64M \
    --innodb-lock-wait-timeout=900 --innodb-flush-log-at-trx-commit=2
  serves "$pidfile" 30 db mariadb-admin ping || fail "MariaDB does not answer (see $LAB/log/mysqld.log)"
}

port_open() { exec 3<>"/dev/tcp/$1/$2"; }
listens() { (port_open "$@") 2>/dev/null; }
start_dbd() {
  local pidfile=$LAB/pid/slurmdbd stamp
  slurmdbd_conf | write "$LAB/slurmdbd.conf"
  chmod 600 "$LAB/slurmdbd.conf"
  stamp=$(stamp "$LAB/slurmdbd.conf")
  keep "$pidfile" "$stamp" && return
  db mariadb -e "create database if not exists slurm_acct; create user if not exists slurm@localhost identified by 'slurm';
    grant all on slurm_acct.* to slurm@localhost"
  spawn "$pidfile" "$LAB/log/slurmdbd.out" "$stamp" unshare --uts sh -c "
    echo localhost >/proc/sys/kernel/hostname
    exec env MYSQL_UNIX_PORT='$LAB/mysql/socket' SLURM_CONF='$LAB/slurmdbd.conf' slurmdbd -D"
  serves "$pidfile" 30 listens 127.0.0.1 "$DBD_PORT" || fail "slurmdbd does not answer (see $LAB/log/slurmdbd.log)"
}

start_slurmctld() {
  local pidfile=$C/pid/slurmctld stamp
  stamp=$(stamp "$CONF" "$C/hosts")
  if ! keep "$pidfile" "$stamp" || ! patiently 8 slurm scontrol ping; then
    end "$pidfile"
    ! $ACCOUNTING || slurm sacctmgr -n list cluster format=cluster%40 2>/dev/null | grep -qw "$N" ||
      slurm sacctmgr -i add cluster "$N" >/dev/null 2>&1 || true
    launch "$pidfile" "$C/log/slurmctld.out" "$stamp" "$N" "$N-ctl" service slurmctld -D
  fi
  serves "$pidfile" 20 slurm scontrol ping || fail "$N: slurmctld does not answer (see $C/log/slurmctld.log)"
}

start_slurmd() { # K
  local pidfile=$C/pid/slurmd$1 stamp
  stamp=$(stamp "$CONF" "$C/hosts" "$C/etc/passwd")
  keep "$pidfile" "$stamp" ||
    launch "$pidfile" "$C/log/slurmd$1.out" "$stamp" "$N" "$(node "$1")" node slurmd -D
}

start_sshd() { # K, from 1
  local i=$(($1 - 1)) pidfile=$C/pid/sshd$1 stamp
  stamp=$(stamp "$C/hosts" "$C/ssh/config$i" "$C"/etc/[!s]*)
  keep "$pidfile" "$stamp" ||
    launch "$pidfile" "$C/log/sshd$1.log" "$stamp" "$N" "${LOGINS[i]}" login /usr/sbin/sshd -D -e -f "$C/ssh/config$i"
  serves "$pidfile" 10 listens "${ADDRESSES[i]}" "$SSH_PORT" || fail "$N: sshd does not answer (see $C/log/sshd$1.log)"
}

# daemons WHAT: the current site's daemons that WHAT means
daemons() {
  local k
  case $1 in
  slurmctld | munge) echo "$1" ;;
  slurmd) for ((k = 1; k <= NODES; k++)); do echo "slurmd$k"; done ;;
  sshd) for k in "${!LOGINS[@]}"; do echo "sshd$((k + 1))"; done ;;
  slurmd[1-$NODES]) echo "$1" ;;
  sshd[12]) [ "${1#sshd}" -le ${#LOGINS[@]} ] && echo "$1" || usage_error "$N has ${#LOGINS[@]} login host" ;;
  *) usage_error "what is '$1'? sshd[K], slurmctld, slurmd[K] or munge" ;;
  esac
}
start_daemon() {
  case $1 in
  munge) start_munge "$C" ;;
  slurmctld) start_slurmctld ;;
  slurmd*) start_slurmd "${1#slurmd}" ;;
  sshd*) start_sshd "${1#sshd}" ;;
  esac
}

# slurm CMD…: as root on this machine, at the current site, whatever our caller's environment says
slurm() {
  local v
  (
    for v in "${!SLURM_@}" "${!SBATCH_@}" "${!SQUEUE_@}" "${!SACCT_@}" "${!SCANCEL_@}" "${!SINFO_@}"; do unset "$v"; done
    SLURM_CONF=$CONF exec "$@"
  )
}

# nodes_ready: every node takes jobs; those that do not are resumed, for the next look
nodes_ready() {
  local bad
  bad=$(slurm sinfo -h -N -p batch -o '%N %T' | awk '$2 !~ /^(idle|mixed|allocated|completing)$/ { print $1 }' | paste -sd, -)
  [ -n "$bad" ] || return 0
  slurm scontrol update "nodename=$bad" state=resume >/dev/null 2>&1
  return 1
}
wait_nodes() {
  local k
  patiently 8 nodes_ready && return
  for ((k = 1; k <= NODES; k++)); do end "$C/pid/slurmd$k" && start_slurmd "$k"; done
  patiently 30 nodes_ready || fail "$N: nodes are not ready: $(slurm sinfo -h -N -p batch -o '%N=%T' | paste -sd' ' -)"
}

start_site() {
  local d
  site "$1"
  for d in $(daemons munge) $(daemons slurmctld) $(daemons slurmd) $(daemons sshd); do start_daemon "$d"; done
  wait_nodes
}
start_database() {
  start_munge "$LAB"
  start_mysql
  start_dbd
}
