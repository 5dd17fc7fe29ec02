import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../documents/units.js';
import { didYouMean } from '../documents/words.js';
import { PHASES } from '../model/run.js';
import { version } from '../version.js';
import type { CheckFlags, ClustersFlags } from './clusters.js';
import type { Shell } from './completion/scripts.js';
import { context, type Context, type GlobalFlags, type Process } from './context.js';
import type { DecisionFlags } from './decide.js';
import type { DescribeFlags } from './describe.js';
import type { GetFlags } from './get.js';
import type { LogsFlags } from './logs.js';
import { terminal } from './output/terminal.js';
import type { PlanFlags } from './plan.js';
import type { ReconcileFlags } from './reconcile.js';
import type { RerunFlags } from './rerun.js';
import type { ResolveFlags } from './resolve.js';
import type { RetrieveFlags } from './retrieve.js';
import type { ServeFlags } from './serve.js';
import type { UserFlags } from './user.js';
import type { ValidateFlags } from './validate.js';

export interface Program {
  readonly program: Command;
  /** Global flags as far as they were parsed. */
  readonly flags: () => GlobalFlags;
  /** What the command that ran came to. */
  readonly code: () => number;
}

/** Runs a command in its context and keeps its exit code. */
type Act = (name: string, command: (context: Context) => Promise<number>) => Promise<void>;

/** The commands with their flags. What a command does is imported when it is asked for. */
export function createProgram(from: Process): Program {
  let code = 0;
  const program = new Command('sluice');
  const flags = (): GlobalFlags => program.opts<GlobalFlags>();
  const act: Act = async (name, command) => {
    code = await command(context(flags(), from, `sluice ${name}`));
  };
  configure(program, from);
  for (const declare of [
    declareFiles,
    declarePasses,
    declareService,
    declareReaders,
    declareDeeds,
    declareApprove,
    declareClusters,
  ])
    declare(program, act);
  declareCompletion(program, from);
  pointToHelp(program, 'sluice');
  return { program, flags, code: () => code };
}

function configure(program: Command, from: Process): void {
  program
    .description('GitOps for Slurm: one YAML file per job, and the clusters are made to match.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .option('-C <dir>', 'work on the project in this directory instead of the current one')
    .option('--verbose', 'tell more: connections, round trips and bytes of each cluster, causes of errors')
    .option('-q, --quiet', 'tell only warnings, errors and data')
    .option('--no-color', 'no colours (as the environment variable NO_COLOR)')
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => from.stdout.write(text),
      writeErr: (text) => from.stderr.write(text),
      getOutHelpWidth: () => from.stdout.columns ?? 100,
      getErrHelpWidth: () => from.stderr.columns ?? 100,
      outputError: (text, write) => {
        const { paint } = terminal(from.stderr, from.env, program.opts<GlobalFlags>().color !== false);
        write(text.replace(/^error:/, paint.red('sluice:')));
      },
    })
    .addHelpText(
      'after',
      examples('sluice init', 'sluice validate', 'sluice plan', 'sluice reconcile --once --wait'),
    );
}

/** Wrong usage is answered with where the right one is told. */
function pointToHelp(command: Command, name: string): void {
  command.showHelpAfterError(`See: ${name} --help`);
  for (const below of command.commands) pointToHelp(below, `${name} ${below.name()}`);
}

function examples(...lines: readonly string[]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function output(...formats: readonly string[]): Option {
  return new Option('-o, --output <format>', 'how to print').choices(formats);
}

function declareFiles(program: Command, act: Act): void {
  program
    .command('init')
    .description('write a working start: a job, clusters, settings, schemas for the editor, a CI job')
    .argument('[dir]', 'where; the current directory otherwise')
    .addHelpText('after', examples('sluice init', 'sluice init my-runs'))
    .action((directory?: string) =>
      act('init', async (at) => (await import('./init.js')).init(at, directory)),
    );
  program
    .command('validate')
    .description('check the files, without any network; all errors at once')
    .argument('[path...]', 'manifests or directories of them; all otherwise')
    .addOption(output('json'))
    .addHelpText('after', examples('sluice validate', 'sluice validate jobs.d/lattice.yaml -o json'))
    .action((paths: string[], flags: ValidateFlags) =>
      act('validate', async (at) => (await import('./validate.js')).validate(at, paths, flags)),
    );
}

function declarePasses(program: Command, act: Act): void {
  program
    .command('plan')
    .description('what a pass would do, and why; writes nothing')
    .argument('[path...]', 'manifests or directories of them; all otherwise')
    .option('--script', 'with the rendered script of each job that would be submitted')
    .option('--detailed-exitcode', 'exit 2 when changes are pending')
    .addOption(output('json'))
    .addHelpText(
      'after',
      examples('sluice plan', 'sluice plan --script jobs.d/lattice.yaml', 'sluice plan --detailed-exitcode'),
    )
    .action((paths: string[], flags: PlanFlags) =>
      act('plan', async (at) => (await import('./plan.js')).plan(at, paths, flags)),
    );
  program
    .command('reconcile')
    .description('make the clusters match the manifests')
    .argument(
      '[path...]',
      'limit the pass to these manifests or directories; what is left out is not taken as deleted',
    )
    .option('--once', 'one pass, then end')
    .option('--wait', 'go on until all is settled')
    .option('--yes', 'also do what is held otherwise, being so much at once')
    .option(
      '--timeout <duration>',
      'with --wait: give up waiting after this long, such as 30m or 1d12h; jobs go on',
      duration,
    )
    .addOption(output('json'))
    .addHelpText(
      'after',
      examples(
        'sluice reconcile --once',
        'sluice reconcile --once --wait --timeout 2h',
        'sluice reconcile --once jobs.d/lattice.yaml',
      ),
    )
    .action((paths: string[], flags: ReconcileFlags) =>
      act('reconcile --once', async (at) => (await import('./reconcile.js')).reconcile(at, paths, flags)),
    );
}

function declareService(program: Command, act: Act): void {
  program
    .command('serve')
    .description('watch the manifests, make passes for ever, answer over HTTP')
    .option('--listen <address:port>', 'in place of http.listen of sluice.yaml (127.0.0.1:7676)')
    .option('--no-http', 'no HTTP: passes only')
    .addOption(
      new Option('--log <format>', 'how the log is written; pretty on a terminal, json elsewhere').choices([
        'json',
        'pretty',
      ]),
    )
    .addHelpText('after', examples('sluice serve', 'sluice serve --listen 127.0.0.1:8080 --log json'))
    .action((flags: ServeFlags) => act('serve', async (at) => (await import('./serve.js')).serve(at, flags)));
  program
    .command('user')
    .description('users of the HTTP API')
    .command('add')
    .description('add a user to sluice.yaml, or give one another password, token or role')
    .argument('<name>', 'a name without blanks and ":"')
    .addOption(
      new Option('--role <role>', 'what the user may do; a new one may read').choices(['read', 'write']),
    )
    .option('--token', 'make a token, and print it this once, in place of asking for a password')
    .option('--print', 'print the lines for sluice.yaml, and write nothing')
    .addHelpText(
      'after',
      `\nThe password is asked for on a terminal; elsewhere it is the first line of standard input.\n${examples(
        'sluice user add ann --role write',
        'sluice user add ci --role write --token',
      )}`,
    )
    .action((name: string, flags: UserFlags) =>
      act('user add', async (at) => (await import('./user.js')).addUser(at, name, flags)),
    );
}

function declareReaders(program: Command, act: Act): void {
  program
    .command('get')
    .description('list jobs')
    .argument('[name...]', 'names or UUIDs; all otherwise')
    .addOption(output('table', 'wide', 'json', 'yaml', 'name').default('table'))
    .option('-l, --label <label=value>', 'only jobs with this label; may be repeated', collect)
    .addOption(new Option('--phase <phase>', 'only jobs in this phase').choices(PHASES).argParser(phase))
    .option('-a, --all', 'every run, not only the latest of each job')
    .option('-w, --watch', 'go on, and show what changes')
    .addHelpText(
      'after',
      examples(
        'sluice get',
        'sluice get -o wide --phase Running',
        'sluice get -l project=lattice -o json',
        'sluice get --watch',
      ),
    )
    .action((names: string[], flags: GetFlags) =>
      act('get', async (at) => (await import('./get.js')).get(at, names, flags)),
    );
  program
    .command('describe')
    .description('all about one job: attempts, events, script, why it waits')
    .argument('<name>', 'name or UUID')
    .addOption(output('json'))
    .addHelpText('after', examples('sluice describe lattice'))
    .action((name: string, flags: DescribeFlags) =>
      act('describe', async (at) => (await import('./describe.js')).describe(at, name, flags)),
    );
  program
    .command('logs')
    .description("a job's standard output and standard error, live")
    .argument('<name>', 'name or UUID')
    .option('-f, --follow', 'go on as it grows, until the job has ended')
    .option('--task <number>', 'of this task of an array', positive)
    .addOption(
      new Option('--stream <stream>', 'only this one').choices([
        'stdout',
        'stderr',
        'requirements',
        'compilation',
      ]),
    )
    .addHelpText(
      'after',
      examples(
        'sluice logs lattice',
        'sluice logs -f lattice --task 3',
        'sluice logs lattice --stream compilation',
      ),
    )
    .action((name: string, flags: LogsFlags) =>
      act('logs', async (at) => (await import('./logs.js')).logs(at, name, flags)),
    );
}

function declareDeeds(program: Command, act: Act): void {
  program
    .command('retrieve')
    .description('fetch the results of an ended job again, or to another place')
    .argument('<name>', 'name or UUID')
    .option('--to <dir>', 'where; the outputs folder otherwise')
    .addOption(output('json'))
    .addHelpText('after', examples('sluice retrieve lattice', 'sluice retrieve lattice --to /tmp/results'))
    .action((name: string, flags: RetrieveFlags) =>
      act('retrieve', async (at) => (await import('./retrieve.js')).retrieve(at, name, flags)),
    );
  decision(program, 'cancel', 'end jobs, wherever they stand')
    .addHelpText('after', examples('sluice cancel lattice --reason "wrong parameters"'))
    .action((names: string[], flags: DecisionFlags) =>
      act('cancel', async (at) => (await import('./cancel.js')).cancel(at, names, flags)),
    );
  decision(program, 'suspend', 'give jobs no new attempt; what runs is left alone')
    .addHelpText('after', examples('sluice suspend lattice --reason "the input is wrong"'))
    .action((names: string[], flags: DecisionFlags) =>
      act('suspend', async (at) => (await import('./suspend.js')).suspend(at, names, flags)),
    );
  decision(program, 'rerun', 'run ended jobs once more, each as its next generation')
    .option('--failed-tasks', 'only the failed tasks of an array; their results join those of the others')
    .addHelpText(
      'after',
      examples('sluice rerun lattice --reason "the library was mended"', 'sluice rerun sweep --failed-tasks'),
    )
    .action((names: string[], flags: RerunFlags) =>
      act('rerun', async (at) => (await import('./rerun.js')).rerun(at, names, flags)),
    );
  decision(
    program,
    'forget',
    'follow jobs no more; what is on their clusters is left alone, and nothing runs again',
  )
    .addHelpText('after', examples('sluice forget lattice --reason "the cluster was switched off for good"'))
    .action((names: string[], flags: DecisionFlags) =>
      act('forget', async (at) => (await import('./forget.js')).forget(at, names, flags)),
    );
  program
    .command('resolve')
    .description('say what became of a submission that nobody answered, or of what a lost cluster holds')
    .argument('<name>', 'name or UUID')
    .option('--adopt <id>', 'the job that was submitted, as squeue or sacct show it')
    .option('--not-submitted', 'there is none: a fence makes it true, and the next attempt may go')
    .option('--reason <text>', 'why; kept in the record')
    .addOption(output('json'))
    .addHelpText(
      'after',
      examples('sluice resolve lattice --adopt 4711', 'sluice resolve lattice --not-submitted'),
    )
    .action((name: string, flags: ResolveFlags) =>
      act('resolve', async (at) => (await import('./resolve.js')).resolve(at, name, flags)),
    );
  decision(program, 'resume', 'let suspended jobs go on, and follow again what was forgotten')
    .addHelpText('after', examples('sluice resume lattice'))
    .action((names: string[], flags: DecisionFlags) =>
      act('resume', async (at) => (await import('./suspend.js')).resume(at, names, flags)),
    );
}

function declareApprove(program: Command, act: Act): void {
  program
    .command('approve')
    .description(
      'say yes to what a plan leaves waiting: many deletions at once, thousands of new jobs, a job that looks renamed',
    )
    .argument('<digest>', 'as the plan shows it')
    .option('--reason <text>', 'why; kept in the record')
    .addHelpText('after', examples('sluice approve 3f2a90c1d4e7'))
    .action((digest: string, flags: Pick<DecisionFlags, 'reason'>) =>
      act('approve', async (at) => (await import('./approve.js')).approve(at, digest, flags)),
    );
}

/** A person's word about jobs that the state knows. */
function decision(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .argument('<name...>', 'names or UUIDs')
    .option('--reason <text>', 'why; kept in the record')
    .addOption(output('json'));
}

function declareClusters(program: Command, act: Act): void {
  const clusters = program
    .command('clusters')
    .description(
      'the inventory: how each cluster answers now, and how its nodes stood at the last submission',
    )
    .argument('[name...]', 'only these')
    .addOption(output('table', 'wide', 'json').default('table'))
    .addHelpText(
      'after',
      examples('sluice clusters', 'sluice clusters -o json', 'sluice clusters check lemaitre3'),
    )
    .action((names: string[], flags: ClustersFlags) =>
      act('clusters', async (at) => (await import('./clusters.js')).clusters(at, names, flags)),
    );
  clusters
    .command('check')
    .description('a doctor for one cluster: login, host key, wrapper, room, quota, workload manager, clock')
    .argument('<name>', 'a name of clusters.yaml')
    .option('--job', 'also a job of a minute, which proves the compute nodes; 3 minutes at most')
    .addOption(output('json'))
    .addHelpText(
      'after',
      examples('sluice clusters check lemaitre3', 'sluice clusters check lemaitre3 --job'),
    )
    // `-o` behind "check" is taken by "clusters", which has it too.
    .action((name: string, { job }: CheckFlags, command: Command) =>
      act('clusters check', async (at) => {
        const { output } = command.optsWithGlobals<CheckFlags>();
        const { check } = await import('./clusters.js');
        return check(at, name, {
          ...(job === undefined ? {} : { job }),
          ...(output === undefined ? {} : { output }),
        });
      }),
    );
}

function declareCompletion(program: Command, from: Process): void {
  program
    .command('completion')
    .description('print what makes your shell complete commands, options and names')
    .addArgument(new Argument('<shell>', 'your shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', `\nTo have it from now on:\n${INSTALLING}`)
    .addHelpText('after', examples('source <(sluice completion bash)'))
    .action(async (shell: Shell) => {
      from.stdout.write((await import('./completion/scripts.js')).SCRIPTS[shell]);
    });
  // Asked by those scripts at each press of the key.
  program
    .command('__complete', { hidden: true })
    .argument('[word...]')
    .action(async (words: string[]) => {
      const { complete } = await import('./completion/complete.js');
      for (const line of await complete(program, words, from)) from.stdout.write(`${line}\n`);
    });
}

const INSTALLING = `  bash  echo 'source <(sluice completion bash)' >>~/.bashrc
  zsh   echo 'source <(sluice completion zsh)' >>~/.zshrc   (after compinit)
  fish  sluice completion fish >~/.config/fish/completions/sluice.fish
`;

/** Milliseconds. */
function duration(text: string): number {
  const parsed = parseDuration(text);
  if (!parsed.ok) throw new InvalidArgumentError(parsed.why);
  return parsed.value * 1000;
}

function positive(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number from 1.');
}

function phase(text: string): string {
  const found = PHASES.find((each) => each.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  throw new InvalidArgumentError(`It is one of ${PHASES.join(', ')}${didYouMean(text, PHASES)}`);
}

function collect(label: string, before: readonly string[] = []): readonly string[] {
  if (/^[^=]+=/.test(label)) return [...before, label];
  throw new InvalidArgumentError('Write it as label=value.');
}
