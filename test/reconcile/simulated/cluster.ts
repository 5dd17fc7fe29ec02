/**
 * A cluster in memory that keeps the contract of `wrapper/README.md`: claims, tickets, ids, owner marks, a queue and an
 * accounting. Its scripts can stop after any step, go on much later, or never.
 */
import type { TransportFailureKind } from '../../../src/ports.js';
import { accountingLine, nodeLine, queueLine } from '../../slurm/rows.js';

/** A job as the workload manager has it, or one task of an array. Its head asks for the owner mark before any code of the user's. */
export interface SimJob {
  readonly id: string;
  /** 0 where it is no array. */
  readonly task: number;
  readonly token: string;
  /** Epoch seconds. */
  readonly submitted: number;
  state: string;
  exitCode: string;
  /** Its head read its own mark back: the user's code runs, or ran. */
  owns: boolean;
  purged: boolean;
}

interface Directory {
  /** Its files are there; a fence can make a directory without. */
  script: boolean;
  owner: string;
  steps: '-' | 'running' | 'done' | 'failed:compilation:1:2' | 'failed:preprocessing:1:2';
  runnerLives: boolean;
  /** Runners that were started. */
  runners: number;
  /** The chain after the job. */
  after: '-' | 'running' | 'done' | 'failed:postprocessing:1:2' | 'failed:postprocessing:0:143';
  afterLives: boolean;
  afterRunners: number;
  /** What its steps left, by name. */
  readonly told: Map<string, string>;
  /** Times that its batch script was replaced. */
  rescripted: number;
  /** Tasks that left a result; 0 of a job that is no array. */
  readonly results: Set<number>;
  readonly exits: string[];
}

/** How the controller takes the next submission. */
export type Mood = 'accept' | 'refuse' | 'full' | 'unclear-accepted' | 'unclear-late' | 'unclear-lost';

/** What is told of the far side's life: all that the invariants need. */
export interface Watcher {
  readonly now: () => number;
  /** The user's code of an attempt has begun; of an array, that of one task. */
  readonly began: (token: string, cluster: string, task: number) => void;
  /** A submission is about to be made for the first time. */
  readonly submitting: (token: string) => void;
}

export class SimCluster {
  readonly name: string;
  readonly #watch: Watcher;
  readonly claims = new Map<string, string>();
  readonly tickets = new Map<string, { readonly maker: Script; readonly at: number; began?: number }>();
  /** Id, or `refused CODE` with its words. */
  readonly ids = new Map<string, string>();
  readonly directories = new Map<string, Directory>();
  readonly ledger: string[] = [];
  /** Indexes that a token's submission asked for; none: it is no array. */
  readonly arrays = new Map<string, readonly number[]>();
  readonly jobs: SimJob[] = [];
  /** Submissions that the controller has heard and not yet listed. */
  readonly limbo: string[] = [];
  mark: number | undefined;
  /** Times that its memory was read back. */
  recalls = 0;
  reachable = true;
  controller = true;
  accounting: 'on' | 'off' | 'down' = 'on';
  /** What sinfo prints, and how it ends. */
  status: { readonly code: number; readonly lines: readonly string[] } = {
    code: 0,
    lines: [nodeLine('n1', 'idle'), nodeLine('n2', 'drained')],
  };
  /** Times that it was asked for. */
  statusAsked = 0;
  /** Behind a balanced name another login host answers: pids there cannot be asked. */
  otherHost = false;
  /** Results stand there and cannot be read. */
  unreadable = false;
  /** Its disk is full: not even the mark can be written, a claim, or what is placed. */
  full: 'mark' | 'claim' | 'place' | undefined;
  mood: Mood = 'accept';
  /** Its scripts do not begin that have one of these verbs, or any, until it is set free. */
  hangsAt: readonly string[] | 'all' = [];
  readonly #hanging: (() => void)[] = [];
  /** How it turns away whoever comes, in place of its silence. */
  refusal: TransportFailureKind | undefined;
  /** Times that somebody came, let in or not. */
  tried = 0;
  /** Observations that were begun. */
  observed = 0;
  #lastId = 0;

  constructor(name: string, watch: Watcher) {
    this.name = name;
    this.#watch = watch;
    const stranger = this.enqueue('mine');
    stranger.state = 'RUNNING';
  }

  get clock(): number {
    return Math.floor(this.#watch.now() / 1000);
  }

  get hangs(): boolean {
    return this.#hanging.length > 0;
  }

  /** Calls back when the scripts there begin. */
  begins(verbs: readonly string[], go: () => void): void {
    if (verbs.includes('observe')) this.observed += 1;
    const isHung = this.hangsAt === 'all' || verbs.some((verb) => this.hangsAt.includes(verb));
    if (isHung) this.#hanging.push(go);
    else go();
  }

  /** What hung goes on, and nothing hangs any more. */
  free(): void {
    this.hangsAt = [];
    for (const go of this.#hanging.splice(0)) go();
  }

  enqueue(token: string): SimJob {
    this.#lastId += 1;
    const made = {
      id: String(this.#lastId),
      token,
      submitted: this.clock,
      state: 'PENDING',
      exitCode: '0:0',
    };
    const [first = 0, ...more] = this.arrays.get(token) ?? [];
    const job: SimJob = { ...made, task: first, owns: false, purged: false };
    this.jobs.push(job, ...more.map((task) => ({ ...job, task })));
    return job;
  }

  start(job: SimJob): void {
    if (job.state !== 'PENDING') return;
    const directory = this.directories.get(job.token);
    if (!directory?.script) {
      Object.assign(job, { state: 'FAILED', exitCode: '122:0' });
      return;
    }
    // An array is owned by its id.
    const isOurs = job.task > 0 && directory.owner === `job:${job.id}:0`;
    if (directory.owner !== '-' && !isOurs) {
      Object.assign(job, { state: 'FAILED', exitCode: '121:0' });
      return;
    }
    directory.owner = `job:${job.id}:0`;
    Object.assign(job, { state: 'RUNNING', owns: true });
    this.#watch.began(job.token, this.name, job.task);
  }

  finish(job: SimJob, how: 'ok' | 'fail' | 'node'): void {
    const directory = this.directories.get(job.token);
    if (job.state !== 'RUNNING' || !job.owns || !directory) return;
    if (how === 'node') {
      job.state = 'NODE_FAIL';
      return;
    }
    const code = how === 'ok' ? 0 : 3;
    if (how === 'ok') directory.results.add(job.task);
    directory.exits.push(`${job.task} ${code} ${code === 0 ? 0 : 1} ${this.clock} ${job.id} 0`);
    Object.assign(job, { state: how === 'ok' ? 'COMPLETED' : 'FAILED', exitCode: `${code}:0` });
  }

  cancel(id: string, token: string): void {
    const jobs = this.jobs.filter((each) => each.id === id && each.token === token);
    for (const job of jobs) if (!this.ended(job)) job.state = 'CANCELLED';
  }

  directory(token: string): Directory {
    const known = this.directories.get(token);
    if (known) return known;
    const made: Directory = {
      script: false,
      owner: '-',
      steps: '-',
      runnerLives: false,
      runners: 0,
      after: '-',
      afterLives: false,
      afterRunners: 0,
      told: new Map(),
      rescripted: 0,
      results: new Set(),
      exits: [],
    };
    this.directories.set(token, made);
    return made;
  }

  ended(job: SimJob): boolean {
    return job.state !== 'PENDING' && job.state !== 'RUNNING';
  }

  queueLines(): string[] {
    const shown = this.jobs.filter((job) => !job.purged);
    return shown.map((job) => queueLine(rowId(job), job.state, { name: job.token, submit: job.submitted }));
  }

  accountingLines(ids: readonly string[]): string[] {
    return this.jobs
      .filter((job) => ids.includes(job.id))
      .map((job) =>
        accountingLine(rowId(job), job.state, {
          name: job.token,
          submit: job.submitted,
          exitCode: job.exitCode,
        }),
      );
  }

  submitting(token: string): void {
    this.#watch.submitting(token);
  }
}

function rowId({ id, task }: SimJob): string {
  return task === 0 ? id : `${id}_${task}`;
}

export interface Call {
  readonly verb: string;
  readonly words: readonly string[];
}

/** The verbs of a rendered exchange, read as a shell would read them. */
export function callsOf(script: string): Call[] {
  const line = /^sluice_(\w+)((?: '(?:[^']|'\\'')*'| \w+)*)(?: \|\| return 1)?$/gm;
  return [...script.matchAll(line)].map(([, verb = '', rest = '']) => ({
    verb,
    words: [...rest.matchAll(/ '((?:[^']|'\\'')*)'/g)].map(([, word = '']) => word.replaceAll(`'\\''`, "'")),
  }));
}

/** One exchange as it runs there: a step at a time, each of which may be its last. */
export class Script {
  readonly #steps: Generator<'went' | 'payload'>;
  /** Its process lives: it goes on, now or later. */
  alive = true;
  /** What the wrapper says; the transport decides what of it arrives. */
  readonly say: (line: string) => void;
  /** Tokens of the payload, once it came whole; undefined: it never did. */
  payload: ReadonlySet<string> | undefined;
  /** Files to be streamed after the last frame. */
  streamed: { readonly path: string; readonly text: string }[] | undefined;

  constructor(cluster: SimCluster, calls: readonly Call[], say: (line: string) => void) {
    this.say = say;
    this.#steps = run(cluster, this, calls);
  }

  /** @returns `payload` when it reads its standard input next */
  step(): 'went' | 'payload' | 'over' {
    const next = this.#steps.next();
    if (!next.done) return next.value;
    this.alive = false;
    return 'over';
  }
}

// eslint-disable-next-line complexity -- one verb after another, as the wrapper has them: the order is the subject
function* run(cluster: SimCluster, script: Script, calls: readonly Call[]): Generator<'went' | 'payload'> {
  const nonce = calls[0]?.words[0] ?? '';
  const frame = (text: string): void => {
    script.say(`@${nonce} ${text}`);
  };
  const held = new Set<string>();
  const written = new Map<string, string>();
  const settling: { token: string; line: string }[] = [];
  let ticketed = false;
  const wanted: { token: string; patterns: readonly string[] }[] = [];
  for (const { verb, words } of calls) {
    const [first = '', second = ''] = words;
    switch (verb) {
      case 'begin':
        for (const hello of [
          'hello 1',
          'host h',
          `clock ${cluster.clock}`,
          'home /h',
          'claims /h/.sluice',
          'work /w',
          `mark ${cluster.mark ?? '-'}`,
        ])
          frame(hello);
        break;
      case 'observe':
        observe(cluster, first === '1', second === '1', frame);
        break;
      case 'recall':
        cluster.recalls += 1;
        for (const [token, text] of cluster.claims) {
          frame(`recall ${token}`);
          for (const line of text.split('\n')) frame(`| ${line}`);
        }
        frame('ledger');
        for (const line of cluster.ledger) frame(`| ${line}`);
        break;
      case 'mark':
        if ((cluster.mark ?? 0) > Number(first)) {
          frame(`stale ${cluster.mark ?? 0}`);
          return;
        }
        if (cluster.full === 'mark') {
          frame('fault mark /h/.sluice/mark cannot be written: No space left on device');
          return;
        }
        cluster.mark = Number(first);
        frame(`marked ${first}`);
        break;
      case 'claim':
        if (cluster.full === 'claim') frame(`unclaimed ${first} dd: error writing: Disk quota exceeded`);
        else written.set(first, second);
        break;
      case 'claims':
        for (const [token, text] of written) {
          if (!cluster.claims.has(token)) cluster.claims.set(token, text);
          const won = nonceOf(cluster.claims.get(token));
          if (won === nonceOf(text)) {
            held.add(token);
            frame(`claimed ${token}`);
          } else frame(`follows ${token} ${won}`);
          yield 'went';
        }
        break;
      case 'hold':
        if (cluster.claims.has(first)) held.add(first);
        frame(cluster.claims.has(first) ? `holds ${first}` : `fault hold ${first} has no claim`);
        break;
      case 'place':
        frame('ready');
        yield 'payload';
        if (cluster.full === 'place') {
          frame('fault place the files did not arrive whole');
          frame('! tar: a: Cannot write: No space left on device');
          return;
        }
        if (!script.payload) {
          frame('fault place the files did not arrive whole');
          return;
        }
        for (const token of script.payload) {
          if (held.has(token) && !cluster.directories.has(token)) cluster.directory(token).script = true;
          yield 'went';
        }
        for (const token of held) if (cluster.directories.get(token)?.script) frame(`placed ${token}`);
        break;
      case 'steps': {
        if (!held.has(first) || !cluster.directories.get(first)?.script) break;
        const directory = cluster.directory(first);
        if (second === 'after') startAfter(directory);
        else if (directory.steps === '-' || !directory.runnerLives)
          Object.assign(directory, {
            runnerLives: true,
            runners: directory.runners + 1,
            steps: directory.steps === '-' ? 'running' : directory.steps,
          });
        frame(`stepping ${first}`);
        break;
      }
      case 'told':
        if (!cluster.claims.has(first)) frame(`fault told ${first} has no claim`);
        for (const [name, text] of cluster.directories.get(first)?.told ?? []) {
          frame(`told ${first} ${name}`);
          for (const line of text.split('\n')) frame(`| ${line}`);
        }
        frame(`told ${first}`);
        break;
      case 'rescript':
        if (!held.has(first) || !cluster.directories.get(first)?.script)
          frame(`fault rescript ${first} is not held and placed`);
        else if (cluster.tickets.has(first))
          frame(`fault rescript ${first} has its ticket: its script may have been read`);
        else {
          cluster.directory(first).rescripted += 1;
          frame(`rescripted ${first}`);
        }
        break;
      case 'submits':
        break;
      case 'submit':
        // All at once, before the first.
        if (!ticketed) {
          ticketed = true;
          for (const each of calls) {
            const [token = ''] = each.words;
            if (each.verb !== 'submit' || !held.has(token) || !cluster.directories.get(token)?.script)
              continue;
            if (!cluster.tickets.has(token)) cluster.tickets.set(token, { maker: script, at: cluster.clock });
          }
          yield 'went';
        }
        cluster.arrays.set(first, arrayOf(words));
        if (held.has(first) && cluster.directories.get(first)?.script)
          yield* submit(cluster, script, first, frame);
        else frame(`fault submit ${first} is not held and placed`);
        break;
      case 'fence': {
        const directory = cluster.directory(first);
        if (directory.owner === '-') directory.owner = 'fence';
        frame(directory.owner === 'fence' ? `fenced ${first}` : `owned ${first} ${directory.owner}`);
        break;
      }
      case 'cancel':
        if (cluster.controller) cluster.cancel(second, first);
        frame(`cancelled ${first} ${cluster.controller ? 0 : 1}`);
        if (cluster.directories.get(first)?.after === 'running')
          cluster.directory(first).after = 'failed:postprocessing:0:143';
        break;
      case 'settle':
        if (cluster.directory(first).owner === '-') cluster.directory(first).owner = 'fence';
        settling.push({ token: first, line: second });
        break;
      case 'settled':
        cluster.ledger.push(...settling.map(({ line }) => line));
        yield 'went';
        for (const { token } of settling) {
          for (const index of [cluster.claims, cluster.tickets, cluster.ids]) index.delete(token);
          frame(`settled ${token}`);
          yield 'went';
        }
        break;
      case 'collect':
        wanted.push({ token: first, patterns: words.slice(1) });
        for (const index of words.slice(1).keys())
          frame(`match ${first} ${index + 1} ${cluster.directories.get(first)?.results.size ?? 0}`);
        if (cluster.unreadable) frame(`unread ${first} 1 work/result`);
        break;
      case 'stream':
        frame('stream');
        script.streamed = wanted.flatMap(({ token }) => {
          const results = cluster.unreadable ? [] : (cluster.directories.get(token)?.results ?? []);
          return [
            { path: `${token}/logs/stdout`, text: 'said\n' },
            ...[...results].map((task) => {
              return { path: `${token}/work/result${task === 0 ? '' : `.${task}`}`, text: token };
            }),
          ];
        });
        break;
      case 'status': {
        const { code, lines } = cluster.status;
        cluster.statusAsked += 1;
        frame(`status ${code} ${cluster.clock}`);
        for (const line of lines) frame(`${code === 0 ? '|' : '!'} ${line}`);
        break;
      }
      case 'bye':
        frame('bye');
        break;
      default:
        throw new Error(`the simulated cluster has no verb ${verb}`);
    }
    yield 'went';
  }
}

/** `--array=1-3,7` of a submission's words. */
function arrayOf(words: readonly string[]): readonly number[] {
  const list = words.find((word) => word.startsWith('--array='))?.slice('--array='.length);
  return (list?.split(',') ?? []).flatMap((piece) => {
    const [from = 0, to = from] = piece.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

function startAfter(directory: Directory): void {
  if (directory.after === '-') directory.after = 'running';
  if (directory.after !== 'running' || directory.afterLives) return;
  directory.afterLives = true;
  directory.afterRunners += 1;
}

function* submit(
  cluster: SimCluster,
  script: Script,
  token: string,
  frame: (text: string) => void,
): Generator<'went'> {
  const ticket = cluster.tickets.get(token);
  if (ticket?.maker !== script) {
    frame(`follows ${token}`);
    return;
  }
  ticket.began = cluster.clock;
  yield 'went';
  if (cluster.directories.get(token)?.owner === 'fence') {
    frame(`follows ${token}`);
    return;
  }
  yield 'went';
  cluster.submitting(token);
  const mood = cluster.controller ? cluster.mood : 'full';
  cluster.mood = 'accept';
  if (mood === 'refuse' || mood === 'full') {
    const text =
      mood === 'refuse'
        ? 'sbatch: error: invalid partition specified'
        : 'sbatch: error: Slurm temporarily unable to accept job';
    yield 'went';
    const directory = cluster.directory(token);
    if (directory.owner === '-') directory.owner = 'fence';
    yield 'went';
    cluster.ids.set(token, `refused 1\n${text}`);
    frame(`refused ${token} 1`);
    frame(`! ${text}`);
    return;
  }
  const id = mood === 'accept' || mood === 'unclear-accepted' ? cluster.enqueue(token).id : undefined;
  if (mood === 'unclear-late') cluster.limbo.push(token);
  yield 'went';
  if (mood === 'accept' && id !== undefined) {
    cluster.ids.set(token, id);
    yield 'went';
    frame(`submitted ${token} ${id}`);
  } else {
    frame(`unknown ${token} 1`);
    frame('! sbatch: error: Socket timed out on send/recv operation');
  }
}

function observe(
  cluster: SimCluster,
  withAccounting: boolean,
  mayWrite: boolean,
  frame: (text: string) => void,
): void {
  for (const [token, text] of cluster.claims) frame(claimFrame(cluster, token, text));
  for (const [token, id] of cluster.ids) {
    if (!id.startsWith('refused')) continue;
    frame(`refusal ${token}`);
    frame(`| ${id.split('\n')[1] ?? ''}`);
  }
  if (!cluster.controller) {
    frame('queue 1');
    frame('! slurm_load_jobs error: Unable to contact slurm controller');
    frame('accounting none');
    return;
  }
  frame('queue 0');
  for (const line of cluster.queueLines()) frame(`| ${line}`);
  const known = knownIds(cluster, mayWrite);
  // Of an array that goes on, ended tasks may be told by accounting and marks alone.
  const isLive = (job: SimJob): boolean => !job.purged && !cluster.ended(job) && job.task === 0;
  const live = new Set(cluster.jobs.filter(isLive).map((job) => job.id));
  const ended = [...known].filter(([, id]) => !id.startsWith('refused') && !live.has(id));
  for (const [token] of ended)
    for (const exit of cluster.directories.get(token)?.exits ?? []) frame(`exit ${token} ${exit}`);
  if (!withAccounting || ended.length === 0) frame('accounting none');
  else if (cluster.accounting === 'on') {
    frame('accounting 0');
    for (const line of cluster.accountingLines(ended.map(([, id]) => id))) frame(`| ${line}`);
  } else {
    frame('accounting 1');
    frame(
      cluster.accounting === 'off'
        ? '! Slurm accounting storage is disabled'
        : '! sacct: error: slurm_persist_conn_open: Connection refused',
    );
  }
}

/** With those that nobody could write down: told by the owner mark, or by the queue, which is then kept. */
function knownIds(cluster: SimCluster, mayWrite: boolean): ReadonlyMap<string, string> {
  const known = new Map(cluster.ids);
  for (const token of cluster.claims.keys()) {
    if (known.has(token)) continue;
    const owner = /^job:(.+):\d+$/.exec(cluster.directories.get(token)?.owner ?? '')?.[1];
    const queued = mayWrite ? cluster.jobs.find((job) => job.token === token && !job.purged)?.id : undefined;
    if (owner === undefined && queued !== undefined) cluster.ids.set(token, queued);
    const id = owner ?? queued;
    if (id !== undefined) known.set(token, id);
  }
  return known;
}

function claimFrame(cluster: SimCluster, token: string, text: string): string {
  const directory = cluster.directories.get(token);
  const ticket = cluster.tickets.get(token);
  const life = (lives: boolean): string => (cluster.otherHost ? 'unknown' : lives ? 'alive' : 'dead');
  const steps =
    directory?.steps === 'running'
      ? `running:${life(directory.runnerLives)}:5:h:${directory.runners}`
      : (directory?.steps ?? '-');
  const age = ticket ? cluster.clock - (ticket.began ?? ticket.at) : 0;
  const turn = ticket?.began === undefined ? 'waiting:' : '';
  const made = ticket ? `${turn}${life(ticket.maker.alive)}:${age}` : '-';
  const after =
    directory?.after === 'running'
      ? `running:${life(directory.afterLives)}:5:h:${directory.afterRunners}`
      : (directory?.after ?? '-');
  const id = cluster.ids.get(token) ?? '-';
  const job = id.startsWith('refused') ? 'refused:1' : id;
  return `claim ${token} ${nonceOf(text)} ${directory?.script ? 1 : 0} ${steps} ${made} ${job} ${directory?.owner ?? '-'} ${after}`;
}

function nonceOf(claim = ''): string {
  return /^sluice-claim 1 (\S+)/.exec(claim)?.[1] ?? '-';
}
