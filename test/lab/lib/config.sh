# shellcheck shell=bash
# The files of the lab and of each site. All are rewritten by every `up`, in place (they are bind-mounted).

write() { # PATH: stdin goes there
  mkdir -p "${1%/*}"
  cat >"$1"
}

# The one account, its two keys, the key of munge: made once.
make_identities() {
  mkdir -p "$LAB/pid" "$LAB/log" /etc/slurm /scratch /run/sshd
  chmod 755 "$LAB"
  id "$LAB_USER" >/dev/null 2>&1 || useradd -M -s /bin/bash -d "/home/$LAB_USER" "$LAB_USER"
  # `*` and not `!`: without PAM, sshd takes the latter for a locked account and refuses keys too
  [ "$(getent shadow "$LAB_USER" | cut -d: -f2)" = '*' ] || usermod -p '*' "$LAB_USER"
  [ -s "$LAB/id_ed25519" ] || ssh-keygen -q -t ed25519 -C sluice-lab -N '' -f "$LAB/id_ed25519"
  [ -s "$LAB/id_pass" ] || ssh-keygen -q -t ed25519 -C sluice-lab-pass -N "$PASSPHRASE" -f "$LAB/id_pass"
  [ -s "$LAB/munge.key" ] || {
    head -c 128 /dev/urandom >"$LAB/munge.key"
    chmod 400 "$LAB/munge.key"
    chown munge:munge "$LAB/munge.key"
  }
}

# Inside, every host's short name is 127.0.0.1, so that daemons told to bind to "their" address bind to the
# loopback and nothing else (NoInAddrAny). Outside and inside, NAME.lab are the login hosts.
lab_names() {
  local n i
  for n in "${ALL[@]}"; do
    site "$n"
    for i in "${!LOGINS[@]}"; do echo "${ADDRESSES[i]} $HOST ${LOGINS[i]}.lab # sluice-lab"; done
  done
}
site_names() { # of the current site
  local k
  echo "127.0.0.1 localhost $N-ctl ${LOGINS[*]} $(for ((k = 1; k <= NODES; k++)); do node "$k"; echo -n ' '; done)"
}

# The names in this machine's /etc/hosts. Not renamed into place: in a container that file is a mount.
write_hosts() {
  local others
  others=$(grep -v '# sluice-lab$' /etc/hosts || true)
  [ "$others
$(lab_names)" = "$(</etc/hosts)" ] || { printf '%s\n' "$others" "$(lab_names)" >/etc/hosts; } 2>/dev/null ||
    say "/etc/hosts cannot be written: clusters go by address"
}

make_site() {
  local names i
  names=$(lab_names)
  site "$1"
  mkdir -p "$C"/{state,spool,home,scratch,log,pid,tmp,ssh,munge}
  chown munge:munge "$C/munge"
  $SHARED_HOME || { mkdir -p "$C/nodehome" && chmod 755 "$C/nodehome"; }
  { site_names; echo "$names"; } | write "$C/hosts"
  sed "s#^\($LAB_USER:.*\):[^:]*:[^:]*\$#\1:/home/$LAB_USER:$LOGIN_SHELL#" /etc/passwd | write "$C/etc/passwd"
  slurm_conf | write "$CONF"
  [ "$N" != nic5 ] || noisy_site
  for i in "${!LOGINS[@]}"; do
    [ -s "$C/ssh/host$i" ] || ssh-keygen -q -t ed25519 -C "${LOGINS[i]}" -N '' -f "$C/ssh/host$i"
    sshd_config "$i" | write "$C/ssh/config$i"
  done
  [ -d "$C/home/$LAB_USER/.ssh" ] || fill_home
}

# fill_home: the user's files as on the first day
fill_home() {
  local h=$C/home/$LAB_USER s=$C/scratch/$LAB_USER
  mkdir -p "$h/.ssh" "$s"
  cat "$LAB/id_ed25519.pub" "$LAB/id_pass.pub" >"$h/.ssh/authorized_keys"
  if [ "$LOGIN_SHELL" = /bin/tcsh ]; then
    noisy_tcshrc | write "$h/.tcshrc"
    echo 'echo "You have 3 projects expiring soon."' | write "$h/.login"
  else
    cp -f /etc/skel/.bashrc /etc/skel/.profile "$h/"
  fi
  chown -R "$LAB_USER:" "$h" "$s"
  chmod 700 "$h" "$h/.ssh" "$s"
}

sshd_config() { # LOGIN-INDEX
  local sftp=internal-sftp
  # an external sftp server is run by the user's shell: on nic5 its noise breaks SFTP, as it does on real sites
  [ "$N" != nic5 ] || sftp=/usr/lib/openssh/sftp-server
  cat <<C
Port $SSH_PORT
ListenAddress ${ADDRESSES[$1]}
HostKey $C/ssh/host$1
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
AllowUsers $LAB_USER
AllowTcpForwarding yes
MaxSessions 10
MaxStartups 10:30:100
Subsystem sftp $sftp
SetEnv GLOBALSCRATCH=/scratch/$LAB_USER${SLURM_PREFIX:+ SLURM_CONF=$CONF PATH=$PATH}
LogLevel VERBOSE
C
  [ "$N" != nic5 ] || echo "Banner $C/etc/issue.net"
}

slurm_conf() {
  cat <<C
ClusterName=$N
FirstJobId=${I}00001
SlurmctldHost=$N-ctl(127.0.0.1)
SlurmctldPort=$CTLD_PORT
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$C/munge/socket
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$C/state
SlurmdSpoolDir=$C/spool/%n
SlurmctldPidFile=$C/pid/slurmctld.own
SlurmdPidFile=$C/pid/%n.own
SlurmctldLogFile=$C/log/slurmctld.log
SlurmdLogFile=$C/log/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmdParameters=config_overrides
MpiDefault=none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=5
$(if $ACCOUNTING; then accounting_conf; else echo '# no AccountingStorageType: sacct fails'; fi)
# read by the tests alone: every ended job, also where there is no accounting
JobCompType=jobcomp/filetxt
JobCompLoc=$C/log/jobcomp.log
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=200
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_min_interval=100000,batch_sched_delay=0
PriorityType=priority/basic
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
EnforcePartLimits=$LIMITS
MinJobAge=$MIN_JOB_AGE
MaxArraySize=10001
MaxJobCount=60000
ReturnToService=2
SlurmctldTimeout=30
SlurmdTimeout=30
KillWait=2
$(nodes_conf)
PartitionName=batch Nodes=ALL Default=YES MaxTime=2-00:00:00 State=UP PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=1:00:00 State=UP PriorityTier=10
PartitionName=debug Nodes=$(node 1) MaxTime=10:00 State=UP PriorityTier=1
PartitionName=maint Nodes=ALL MaxTime=1:00:00 State=DOWN PriorityTier=1
C
}
accounting_conf() {
  cat <<C
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort=$DBD_PORT
AccountingStoragePass=$C/munge/socket
${STORE_FLAGS:+AccountingStoreFlags=$STORE_FLAGS}
C
}
nodes_conf() {
  local k
  for ((k = 1; k <= NODES; k++)); do
    echo "NodeName=$(node "$k") NodeAddr=127.0.0.1 Port=${PORTS}9${I}$k CPUs=16 RealMemory=20000 State=UNKNOWN"
  done
}
slurmdbd_conf() {
  cat <<C
AuthType=auth/munge
AuthInfo=socket=$LAB/munge/socket
DbdHost=localhost
DbdPort=$DBD_PORT
CommunicationParameters=NoInAddrAny
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct
LogFile=$LAB/log/slurmdbd.log
PidFile=$LAB/pid/slurmdbd.own
C
}

# nic5: a site that talks to everybody, in every shell, and sets what sbatch, squeue and sacct obey.
SITE_VARIABLES=(SBATCH_PARTITION=nonsense SBATCH_JOB_NAME=set-by-the-profile SBATCH_TIMELIMIT=1 SBATCH_EXPORT=NONE
  SBATCH_OUTPUT=/nowhere/%j.out SQUEUE_FORMAT='%i %j' SQUEUE_STATES=PENDING SACCT_FORMAT=jobid SINFO_FORMAT=%P
  SCANCEL_INTERACTIVE=1 SLURM_TIME_FORMAT=relative)
noisy_site() {
  local v
  echo 'NIC5: authorised users only.' | write "$C/etc/issue.net"
  {
    cat /etc/profile
    echo 'echo "*** NIC5: maintenance on Tuesday, see https://nic5.lab/ ***"'
    echo 'echo "quota: /home 93% used" >&2'
    for v in "${SITE_VARIABLES[@]}"; do echo "export ${v%%=*}='${v#*=}'"; done
  } | write "$C/etc/profile"
  {
    cat /etc/csh.cshrc
    echo 'echo "*** NIC5: maintenance on Tuesday, see https://nic5.lab/ ***"'
    echo "sh -c 'echo quota: /home 93% used >&2'"
    for v in "${SITE_VARIABLES[@]}"; do echo "setenv ${v%%=*} '${v#*=}'"; done
  } | write "$C/etc/csh.cshrc"
}
noisy_tcshrc() {
  cat <<'C'
set noclobber
alias rm 'rm -i'
alias cp 'cp -i'
alias ls 'ls --color=always -F'
echo "Loading modules: gcc/12 openmpi/4.1 ..."
sh -c 'echo tput: No value for TERM and no -T specified >&2'
C
}

# known_hosts: each name and address with its key; the shared name with both
known_hosts() {
  local n i key
  for n in "${ALL[@]}"; do
    site "$n"
    for i in "${!LOGINS[@]}"; do
      [ -s "$C/ssh/host$i.pub" ] || continue
      key=$(cut -d' ' -f1,2 "$C/ssh/host$i.pub")
      echo "[$HOST]:$SSH_PORT,[${LOGINS[i]}.lab]:$SSH_PORT,[${ADDRESSES[i]}]:$SSH_PORT $key"
    done
  done
}
