/**
 * The head of a batch script: the job's first act. It decides whether this job may run the user's code at all; see
 * `docs/scripts.md`. Only bash, ln, mv and rm; nothing of it depends on the user's home or profile.
 */
import { quote } from './quote.js';

/** How a workload manager tells a job who it is: shell expansions, as `${SLURM_JOB_ID}`. */
export interface Identity {
  /** Of the whole job; for an array the array's own id. */
  readonly job: string;
  /** Task of the array; expands to 0 where the job is none. */
  readonly task: string;
  /** How often the manager has started it again; expands to 0 at first. */
  readonly restart: string;
}

export interface HeadRequest {
  readonly token: string;
  /** Absolute on the cluster. */
  readonly jobDirectory: string;
  readonly identity: Identity;
  /** The user allowed the workload manager to start the job again. */
  readonly requeue: boolean;
}

/** @returns lines that leave `sluice_marks`, `sluice_job`, `sluice_task`, `sluice_restart` and `sluice_leave` behind */
export function renderHead(request: HeadRequest): string[] {
  const { token, jobDirectory, identity } = request;
  return [
    '# Slurm may start a job twice, or one that was given up. The job whose mark stands as "owner" runs; any other ends here.',
    "set +euC; IFS=$' \\t\\n' # whatever the login profile left",
    `sluice_marks=${quote(`${jobDirectory}/.sluice`)}`,
    `sluice_job=${identity.job} sluice_task=${identity.task} sluice_restart=${identity.restart}`,
    '{ read -r sluice_nonce </proc/sys/kernel/random/uuid; } 2>/dev/null || sluice_nonce=$HOSTNAME-$$-$RANDOM$RANDOM$RANDOM',
    'sluice_mine="job $sluice_job $sluice_restart $sluice_nonce"',
    'sluice_mark=$sluice_marks/mark.$sluice_job.$sluice_task.$sluice_restart.$sluice_nonce',
    'sluice_refuse() { # CODE WORDS',
    '  rm -f "$sluice_mark" 2>/dev/null',
    `  echo "sluice: $2; nothing of "${quote(token)}" was run" >&2`,
    '  exit "$1"',
    '}',
    'sluice_read() { # FILE: whose mark stands there',
    '  { read -r sluice_owner <"$sluice_marks/$1"; } 2>/dev/null && [ -n "$sluice_owner" ] ||',
    '    sluice_refuse 122 "the mark $sluice_marks/$1 could not be made on $HOSTNAME"',
    '}',
    'sluice_own() { # FILE: ours from here on, or not at all; ln says nothing reliable over NFS, the content does',
    '  ln "$sluice_mark" "$sluice_marks/$1" 2>/dev/null',
    '  sluice_read "$1"',
    '  [ "$sluice_owner" != "$sluice_mine" ] || return 0',
    '  set -- "$1" $sluice_owner',
    '  [ "$2 $3" = "job $sluice_job" ] || sluice_refuse 121 "job $sluice_job is not the owner, which is: $sluice_owner"',
    '  # an array is owned by its id, each task then by itself',
    '  [ "$1" = task."$sluice_task" ] || [ "$sluice_task" = 0 ] || return 0',
    '  [ "$sluice_restart" -gt "$4" ] || sluice_refuse 121 "job $sluice_job was started before: $sluice_owner"',
    ...renderRestart(request.requeue),
    '}',
    '{ echo "$sluice_mine" >"$sluice_mark"; } 2>/dev/null ||',
    '  sluice_refuse 122 "$sluice_marks cannot be written on $HOSTNAME"',
    'sluice_own owner',
    '[ "$sluice_task" = 0 ] || sluice_own task."$sluice_task"',
    'rm -f "$sluice_mark"',
    'sluice_leave() { # CODE: how it ended, for when Slurm no longer knows',
    '  local mark=$sluice_marks/exit.$sluice_task now item=$sluice_item',
    "  printf -v now '%(%s)T' -1",
    '  if [ "$1" = 0 ]; then item=0; else echo "sluice: ended with code $1, item $item" >&2; fi',
    '  echo "$1 $item $now $sluice_job $sluice_restart" >|"$mark.$sluice_nonce" && mv -f "$mark.$sluice_nonce" "$mark"',
    '}',
  ];
}

function renderRestart(requeue: boolean): string[] {
  if (!requeue) return ['  sluice_refuse 121 "job $sluice_job was started again, which was not allowed"'];
  return [
    '  # started again, which was allowed: once for each count',
    '  ln "$sluice_mark" "$sluice_marks/again.$sluice_task.$sluice_restart" 2>/dev/null',
    '  sluice_read "again.$sluice_task.$sluice_restart"',
    '  [ "$sluice_owner" = "$sluice_mine" ] || sluice_refuse 121 "job $sluice_job was started twice: $sluice_owner"',
    '  mv -f "$sluice_mark" "$sluice_marks/$1" || sluice_refuse 122 "the mark $sluice_marks/$1 could not be replaced"',
  ];
}
