/** The modules of a stage on the cluster: one script, run as one of the wrapper's steps. `docs/modules.md` is the contract. */
import { renderEnvironment, renderItem } from './items.js';
import { quote } from './quote.js';
import { renderStepHead, script, type Step } from './script.js';

/** Seconds that a module may take where its manifest says nothing. */
export const MODULE_SECONDS = 600;
/** Bytes of an argument that Linux passes on (MAX_ARG_STRLEN, 128 KiB, with the NUL at its end). */
export const ARGUMENT_BYTES = 128 * 1024 - 1;
/** Bytes that a module may print: here, and on a cluster, where it is read back by `sluice_told`. */
export const OUTPUT_BYTES = 16 * 1024 * 1024;
const TOLD_BYTES = 1024 * 1024;
/** Seconds from TERM to KILL. */
export const KILL_AFTER_SECONDS = 5;

/** The same at the step's own end: less than the five seconds that the wrapper leaves to the step itself. */
const STOP_SECONDS = 3;
/** What a module's end counts as when its time was over, and when it printed no JSON object. */
export const TIME_OVER_CODE = 124;
export const NO_OBJECT_CODE = 65;

type RemoteStage = 'preprocessing' | 'postprocessing';

export interface RemoteModule {
  readonly module: string;
  readonly compilation?: string;
  readonly execution: string;
  readonly timeLimitSeconds?: number;
}

type Stages = Readonly<Record<RemoteStage, readonly RemoteModule[]>>;

/** What a module left, in `<jobDirectory>/.sluice/modules`. */
export function moduleOutput(stage: RemoteStage, index: number): string {
  return `${stage}.${index}.json`;
}

/** The file there that the first module of a stage reads; `input.json` is put there with the job. */
export function stageInput(stages: Stages, stage: RemoteStage): string {
  const before = stage === 'postprocessing' ? stages.preprocessing.length : 0;
  return before === 0 ? 'input.json' : moduleOutput('preprocessing', before);
}

/** Files and directories of the modules folder that the cluster's stages need, each at the same path in `work/`. */
export function moduleFiles(stages: Stages): string[] {
  const all = [...stages.preprocessing, ...stages.postprocessing];
  return [...new Set(all.map(({ module }) => module))].sort();
}

/** The command as written, with the job as its last argument; its shell has it as `$1`. */
export function withArgument(execution: string): string {
  return `${tidy(execution)} "$1"`;
}

/** Line ends of Windows, and the line break that a YAML block leaves, would stand between command and argument. */
export function tidy(command: string): string {
  return command.replaceAll('\r\n', '\n').trimEnd();
}

export interface ModulesRequest extends Step {
  readonly name: RemoteStage;
  readonly modules: readonly RemoteModule[];
  /** From {@link stageInput}. */
  readonly input: string;
  /** More for the modules to know, as `SLUICE_NAME`. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Runs the modules in order, each in a process group of its own. Leaves what they printed as {@link moduleOutput}; a
 * module whose output stands there already is not run again. The first that fails ends the script as in `renderStep`,
 * the item being its number and the code its own, {@link TIME_OVER_CODE} or {@link NO_OBJECT_CODE}.
 */
export function renderModules(request: ModulesRequest): string {
  const { name, jobDirectory, modules } = request;
  const when = name === 'preprocessing' ? 'before the job is submitted' : 'after the job has succeeded';
  return script([
    // However the script ends, TERM included, nothing of a module's outlives it.
    ...renderStepHead(request, when, ['[ -z "${sluice_group-}" ] || sluice_stop']),
    ...request.setup.flatMap((item) => renderItem(item, -1)),
    "set +euC; IFS=$' \\t\\n' # whatever setup left",
    '',
    `sluice_modules=${quote(`${jobDirectory}/.sluice/modules`)}`,
    'mkdir -p "$sluice_modules" || exit 1',
    `sluice_in=$sluice_modules/${quote(request.input)}`,
    ...renderEnvironment({ ...request.variables, SLUICE_TOKEN: request.token, SLUICE_STAGE: name }),
    ...FUNCTIONS,
    ...modules.flatMap(renderModule),
    'sluice_item=0',
    'exit 0',
  ]);
}

function renderModule(module: RemoteModule, index: number): string[] {
  const { compilation = '', execution, timeLimitSeconds = MODULE_SECONDS } = module;
  const words = [
    ...[quote(module.module), String(timeLimitSeconds), quote(tidy(compilation))],
    ...[quote(tidy(execution)), quote(withArgument(execution))],
  ];
  return [`sluice_item=${index + 1}`, `sluice_module ${words.join(' ')}`, 'sluice_check $?'];
}

const FUNCTIONS: readonly string[] = [
  'sluice_module() { # MODULE SECONDS COMPILATION EXECUTION EXECUTION-WITH-ARGUMENT',
  '  local out=$sluice_modules/$SLUICE_STAGE.$sluice_item.json what="module $1 ($SLUICE_STAGE $sluice_item)" size code',
  '  if [ -e "$out" ]; then sluice_in=$out; return 0; fi # an earlier runner came this far',
  '  size=$(wc -c <"$sluice_in") || return 1',
  '  export SLUICE_MODULE=$1 SLUICE_INDEX=$sluice_item SLUICE_INPUT=argument',
  `  [ "$size" -le ${ARGUMENT_BYTES} ] || SLUICE_INPUT=stdin`,
  '  sluice_limited "$2" sluice_run "$what" "$3" "$4" "$5" "$out.new"',
  '  code=$?',
  '  if [ "$code" != 0 ]; then echo "sluice: $what ended with code $code" >&2; return "$code"; fi',
  '  sluice_object "$what" "$out.new" && mv -f "$out.new" "$out" && sluice_in=$out',
  '}',
  'sluice_run() { # WHAT COMPILATION EXECUTION EXECUTION-WITH-ARGUMENT OUT: in a subshell of its own',
  '  local text=$3 out=$5',
  '  if [ -n "$2" ] && ! (eval "$2") </dev/null >&2; then',
  '    echo "sluice: the compilation of $1 failed" >&2',
  '    exit 1',
  '  fi',
  '  if [ "$SLUICE_INPUT" = argument ]; then text=$4; set -- "$(cat "$sluice_in")"; else set --; fi',
  '  eval "$text" <"$sluice_in" >|"$out"',
  '  exit',
  '}',
  'sluice_limited() { # SECONDS COMMAND…: TERM when they are over, KILL to what does not heed it',
  '  local late=$sluice_modules/late.$sluice_item seconds=$1 code',
  '  shift',
  '  rm -f "$late"',
  '  set -m # a process group each, so that all that a module started can be ended with it',
  '  ("$@") &',
  '  sluice_group=$!',
  '  (',
  '    sleep "$seconds"',
  '    : >|"$late"',
  '    sluice_signal TERM "$sluice_group"',
  `    sleep ${KILL_AFTER_SECONDS}`,
  '    sluice_signal KILL "$sluice_group"',
  '  ) </dev/null >/dev/null 2>&1 &',
  '  sluice_watch=$!',
  '  disown "$sluice_watch"',
  '  set +m',
  '  wait "$sluice_group" 2>/dev/null',
  '  code=$?',
  '  sluice_stop',
  '  if [ ! -e "$late" ]; then return "$code"; fi',
  '  echo "sluice: it took longer than $seconds s; give it more with time_limit" >&2',
  `  return ${TIME_OVER_CODE}`,
  '}',
  'sluice_signal() { # SIGNAL GROUP',
  '  kill -s "$1" -- "-$2" 2>/dev/null',
  '}',
  'sluice_stop() { # what the module left running, then the watch, which is there in case that we are killed meanwhile',
  '  local left',
  `  for ((left = ${STOP_SECONDS}; left > 0; left--)); do`,
  '    sluice_signal TERM "$sluice_group" || break',
  '    sleep 1',
  '  done',
  '  sluice_signal KILL "$sluice_group"',
  '  sluice_group=',
  '  sluice_signal KILL "$sluice_watch"',
  '  sluice_watch=',
  '}',
  'sluice_object() { # WHAT FILE: the near side reads it whole',
  '  local size first last',
  '  size=$(wc -c <"$2")',
  '  first=$(head -c 512 "$2" | tr -d \' \\t\\r\\n\' | head -c 1)',
  '  last=$(tail -c 512 "$2" | tr -d \' \\t\\r\\n\' | tail -c 1)',
  `  if [ "$size" -gt ${TOLD_BYTES} ]; then`,
  `    echo "sluice: $1 printed $size bytes; at most ${TOLD_BYTES} are read" >&2`,
  '  elif [ "$first$last" = "{}" ]; then',
  '    return 0',
  '  elif [ -z "$first" ]; then',
  '    echo "sluice: $1 printed nothing; it must print the job that it was given as JSON, changed or not" >&2',
  '  else',
  '    echo "sluice: $1 printed more or other than a JSON object; on standard output only the job, and all of it" >&2',
  '  fi',
  `  return ${NO_OBJECT_CODE}`,
  '}',
];
