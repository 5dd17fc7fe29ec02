# shellcheck shell=bash
# What the lab says of itself.

address_of() { if getent ahostsv4 "$1" >/dev/null; then echo "$1"; else echo "$2"; fi; }
quoted() { local s=''; [ $# = 0 ] || printf -v s '"%s", ' "$@"; echo "[${s%, }]"; }

describe_login() { # INDEX
  echo "{ \"name\": \"${LOGINS[$1]}\", \"address\": \"${ADDRESSES[$1]}\", \"hostKey\": \"$(cut -d' ' -f1,2 "$C/ssh/host$1.pub")\" }"
}
describe_site() {
  local i sep='' k names=()
  for ((k = 1; k <= NODES; k++)); do names+=("$(node "$k")"); done
  cat <<J
    "$N": {
      "name": "$N",
      "hostname": "$(address_of "$HOST" "${ADDRESSES[0]}")",
      "port": $SSH_PORT,
      "logins": [
$(for i in "${!LOGINS[@]}"; do echo "$sep        $(describe_login "$i")"; sep=,; done)
      ],
      "shell": "$LOGIN_SHELL",
      "accounting": $ACCOUNTING,
      "sharedHome": $SHARED_HOME,
      "minJobAge": $MIN_JOB_AGE,
      "nodes": $(quoted "${names[@]}"),
      "partitions": $(quoted "${PARTITIONS[@]}"),
      "preferredJobs": [$(sed 's/\([a-z][a-z]*\)/"\1"/g' <<<"$PREFERRED")],
      "workDir": $([ -z "$WORK_DIR" ] && echo null || echo "\"$WORK_DIR\""),
      "slurmConf": "$CONF",
      "home": "$C/home/$LAB_USER",
      "remoteHome": "/home/$LAB_USER",
      "scratch": "$C/scratch/$LAB_USER",
      "remoteScratch": "/scratch/$LAB_USER",
      "log": "$C/log"
    }
J
}
describe() {
  local n sep=''
  cat <<J
{
  "lab": "$LAB",
  "user": "$LAB_USER",
  "key": "$LAB/id_ed25519",
  "encryptedKey": "$LAB/id_pass",
  "passphrase": "$PASSPHRASE",
  "knownHosts": "$LAB/known_hosts",
  "clusters": {
$(for n in "${ALL[@]}"; do site "$n" && [ -s "$CONF" ] || continue; [ -z "$sep" ] || echo '    ,'; describe_site; sep=,; done)
  }
}
J
}

inventory() {
  local n i
  echo 'clusters:'
  for n in "${ALL[@]}"; do
    site "$n"
    [ -s "$CONF" ] || continue
    cat <<Y
  $N:
    hostname: $(address_of "$HOST" "${ADDRESSES[0]}")
    port: $SSH_PORT
    workload_manager: slurm
    preferred_jobs: [$PREFERRED]
    partition: batch
    username: $LAB_USER
    private_key: $LAB/id_ed25519
    host_key:
$(for i in "${!LOGINS[@]}"; do echo "      - $(cut -d' ' -f1,2 "$C/ssh/host$i.pub")"; done)
Y
    [ -z "$WORK_DIR" ] || echo "    work_dir: $WORK_DIR"
  done
}

status_of() { if alive "$1"; then [ "$STATE" = T ] && echo frozen || echo "up ($PID)"; else echo down; fi; }
status() {
  local n d down=0
  for d in munge mysqld slurmdbd; do printf '%-10s %-10s %s\n' lab "$d" "$(status_of "$LAB/pid/$d")"; done
  for n in "${ALL[@]}"; do
    site "$n"
    [ -s "$CONF" ] || continue
    for d in munge slurmctld $(daemons slurmd) $(daemons sshd); do
      printf '%-10s %-10s %s\n' "$N" "$d" "$(status_of "$C/pid/$d")"
      alive "$C/pid/$d" || down=1
    done
    timeout 3 "$0" exec "$N" squeue -h -t all -o %T 2>/dev/null | sort | uniq -c | awk -v n="$N" '{ printf "%-10s jobs       %s %s\n", n, $1, $2 }' || true
  done
  return $down
}
