# shellcheck shell=bash disable=SC2034  # read by the other files
# What the three sites are. `site NAME` sets the variables below for one of them.

ALL=(lemaitre3 hercules nic5)
LAB=${SLUICE_LAB:-/srv/sluice-lab}
PORTS=${SLUICE_LAB_PORTS:-17} # the first two digits of every port
SSH_PORT=${PORTS}022          # every login host has an address of its own, so one port does
DBD_PORT=${PORTS}819
LAB_USER=alice
PASSPHRASE='correct horse'
NODES=4
PARTITIONS=(batch urgent debug maint)

# site NAME: I number, C folder, LOGINS and ADDRESSES of the login hosts, and what is peculiar there.
site() {
  N=$1 C=$LAB/$1
  ACCOUNTING=true SHARED_HOME=true MIN_JOB_AGE=300 LOGIN_SHELL=/bin/bash
  PREFERRED='mpi' WORK_DIR='' LIMITS=NO STORE_FLAGS=job_comment
  case $N in
  lemaitre3) # two login hosts behind one name; compute nodes see $GLOBALSCRATCH but not /home
    I=1 LOGINS=(lm3-login1 lm3-login2) ADDRESSES=(127.0.1.1 127.0.1.2)
    SHARED_HOME=false WORK_DIR="\$GLOBALSCRATCH/sluice" ;;
  hercules) # no accounting, and the controller soon forgets what ended
    I=2 LOGINS=(hercules-login) ADDRESSES=(127.0.2.1)
    ACCOUNTING=false MIN_JOB_AGE=5 STORE_FLAGS='' PREFERRED='serial, smp' ;;
  nic5) # tcsh, a profile that talks and sets SBATCH_*, limits enforced at submission
    I=3 LOGINS=(nic5-login) ADDRESSES=(127.0.3.1)
    LOGIN_SHELL=/bin/tcsh LIMITS=ALL STORE_FLAGS='' ;;
  *) usage_error "no cluster '$N'; there are: ${ALL[*]}" ;;
  esac
  HOST=$N.lab CTLD_PORT=${PORTS}8${I}7 CONF=$C/etc/slurm/slurm.conf
}

# node K: the name of a site's K-th compute node
node() { printf '%s-w%03d' "$N" "$1"; }
