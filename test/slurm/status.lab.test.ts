/** The status of real clusters: nodes that scontrol drains and takes down are no longer counted as up. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type App, openApp } from '../../src/app.js';
import { type ClusterStatus, totalsOf } from '../../src/model/status.js';
import type { Transport } from '../../src/ports.js';
import { FrameReader } from '../../src/protocol/frames.js';
import { Exchange, wrapperParts, wrapperProgram } from '../../src/protocol/script.js';
import { statusIn } from '../../src/reconcile/status.js';
import { slurm } from '../../src/slurm/manager.js';
import type { StoredEvent } from '../../src/store/events.js';
import { CERTIFICATE, MailServer, textOf } from '../notify/server.js';
import { control, inventory, lab, labAbsent, runLab, type Site } from '../lab/lab.js';

type Session = <T>(access: 'read' | 'write', work: (app: App) => Promise<T>) => Promise<T>;

const SITES: readonly Site[] = ['lemaitre3', 'hercules', 'nic5'];
const SITE: Site = 'hercules';

const wrapper = (name: string): string =>
  readFileSync(new URL(`../../wrapper/${name}`, import.meta.url), 'utf8');
const PROGRAM = wrapperProgram(wrapperParts('slurm.sh').map(wrapper));

/** As the wrapper takes it on the login node; nothing is written there. */
async function statusOf(site: Site): Promise<ClusterStatus> {
  const nonce = randomBytes(6).toString('hex');
  const head = {
    nonce,
    installation: 'status',
    claimsDir: '~/.sluice-status',
    workDir: '~/.sluice-status/work',
  };
  const script = new Exchange().call('status').render(head, PROGRAM, 'inline');
  const { stdout } = await runLab(['ssh', site, '/bin/sh -s'], script);
  const reader = new FrameReader(nonce);
  await reader.push(Buffer.from(stdout));
  const { frames, noise, complete } = reader;
  const asked = statusIn(slurm, { frames, noise, complete, why: '' });
  if (asked?.kind !== 'answered') throw new Error(`${site}: ${JSON.stringify(asked)} ${stdout}`);
  return asked.value;
}

/** Does that to a node, as its administrator. */
async function scontrol(site: Site, node: string, ...changes: readonly string[]): Promise<void> {
  const { code, stderr } = await runLab(['exec', site, 'scontrol', 'update', `NodeName=${node}`, ...changes]);
  if (code !== 0) throw new Error(stderr);
}

const because = (state: string): readonly string[] => [`State=${state}`, 'Reason=test'];

describe.skipIf(labAbsent())('on real Slurm', () => {
  let nodes: readonly string[] = [];
  beforeAll(async () => {
    nodes = (await lab()).clusters[SITE].nodes;
  });
  afterEach(async () => {
    // From DOWN and from DRAIN; what is neither says so, and is well.
    for (const node of nodes) await scontrol(SITE, node, 'State=RESUME').catch(() => undefined);
    await expect.poll(async () => totalsOf(await statusOf(SITE)).up, { timeout: 30_000 }).toBe(4);
  });

  it.each(SITES)(
    '%s shows its nodes, each once, with the prototype’s figures (statement 36)',
    async (site) => {
      const status = await statusOf(site);
      expect(status.nodes.map(({ host }) => host).sort()).toEqual(
        [...(await lab()).clusters[site].nodes].sort(),
      );
      expect(totalsOf(status)).toMatchObject({ nodes: 4, up: 4, cpus: { total: 64 }, unknownWords: [] });
      for (const node of status.nodes) {
        expect(node).toMatchObject({
          topology: '16:1:1',
          cpus: { total: 16 },
          memoryMiB: expect.any(Number),
        });
        expect(node.partitions).toContain('batch');
      }
      expect(Math.abs(status.takenAt - Date.now() / 1000)).toBeLessThan(60);
    },
  );

  it('drained and down nodes are counted as such, and come back (statement 36)', async () => {
    const [first = '', second = '', third = ''] = nodes;
    await scontrol(SITE, first, ...because('DRAIN'));
    const drained = totalsOf(await statusOf(SITE));
    expect(drained).toMatchObject({ nodes: 4, up: 3, cpus: { idle: 48, total: 48 }, states: { drained: 1 } });
    await scontrol(SITE, second, ...because('DOWN'));
    await scontrol(SITE, third, ...because('FAIL'));
    const status = await statusOf(SITE);
    expect(totalsOf(status)).toMatchObject({
      ...{ nodes: 4, up: 1, cpus: { idle: 16, total: 16 } },
      states: { idle: 1, drained: 1, down: 1, fail: 1 },
    });
    expect(status.nodes.find(({ host }) => host === first)?.cpus).toEqual({
      ...{ allocated: 0, idle: 0, other: 16, total: 16 },
    });
    for (const node of [first, second, third]) await scontrol(SITE, node, 'State=RESUME');
    await expect.poll(async () => totalsOf(await statusOf(SITE)).up, { timeout: 30_000 }).toBe(4);
  });

  it('a node that works off its last job is draining, and not up', async () => {
    const [first = ''] = nodes;
    const submit = `sbatch --parsable -n 1 -w ${first} -o /dev/null --wrap 'sleep 300'\n`;
    const { stdout } = await runLab(['ssh', SITE, '/bin/sh -s'], submit);
    const id = /^\d+$/m.exec(stdout)?.[0] ?? '';
    try {
      const kinds = async (): Promise<unknown> => totalsOf(await statusOf(SITE)).states;
      await expect.poll(kinds, { timeout: 30_000 }).toEqual({ idle: 3, mixed: 1 });
      await scontrol(SITE, first, ...because('DRAIN'));
      expect(totalsOf(await statusOf(SITE))).toMatchObject({ up: 3, states: { idle: 3, draining: 1 } });
    } finally {
      await runLab(['ssh', SITE, `scancel ${id}`]);
    }
  });

  it('a reservation for maintenance takes nodes out', async () => {
    const [first = ''] = nodes;
    const words = [
      'ReservationName=upkeep',
      'StartTime=now',
      'Duration=10',
      'Users=root',
      'Flags=maint,ignore_jobs',
    ];
    const made = await runLab(['exec', SITE, 'scontrol', 'create', ...words, `Nodes=${first}`]);
    expect(made).toMatchObject({ code: 0 });
    try {
      const states = async (): Promise<unknown> => totalsOf(await statusOf(SITE)).states;
      await expect.poll(states, { timeout: 30_000 }).toEqual({ idle: 3, maint: 1 });
    } finally {
      await runLab(['exec', SITE, 'scontrol', 'delete', 'ReservationName=upkeep']);
    }
  });

  describe('with a project', () => {
    const FOLDER = `sluice-status-${randomBytes(4).toString('hex')}`;
    const made: string[] = [];

    /** A job for the site; `path` comes before the others of its login's commands. Its owner is told where there is mail. */
    async function project(path?: string, mail?: MailServer): Promise<Session> {
      const directory = mkdtempSync(join(tmpdir(), 'sluice-status-'));
      made.push(directory);
      const installation = `${FOLDER}-${made.length}`;
      const own = [`    work_dir: ~/${FOLDER}/work`, `    claims_dir: ~/${FOLDER}`];
      const clusters = (await inventory())
        .split('\n')
        .flatMap((line) => (line === `  ${SITE}:` ? [line, ...own] : [line]));
      const manifest = `destination_cluster: ${SITE}\nalternates: none\nexecution: "true"\n`;
      mkdirSync(join(directory, 'jobs.d'));
      writeFileSync(join(directory, 'clusters.yaml'), clusters.join('\n'));
      const smtp =
        mail && `smtp: {host: localhost, port: ${mail.port}, from: sluice@example.org, tls: required}\n`;
      writeFileSync(join(directory, 'sluice.yaml'), `installation: ${installation}\n${smtp ?? ''}`);
      writeFileSync(join(directory, 'jobs.d/first.yaml'), `${manifest}user_mail: jane@example.org\n`);
      const around = (transport: Transport): Transport => ({
        ...{ address: transport.address, counts: transport.counts, close: () => transport.close() },
        open: async (options) => {
          const channel = await transport.open(options);
          if (path !== undefined) channel.stdin.write(`PATH=${path}:$PATH\n`);
          return channel;
        },
      });
      return async (access, work) => {
        const options = {
          ...{ directory, env: process.env, story: () => undefined, aroundTransport: around },
          trustedMailServer: CERTIFICATE,
        };
        const app = await openApp(options, access);
        try {
          return await work(app);
        } finally {
          await app.close();
        }
      };
    }

    const doctor = async (session: Session): Promise<unknown> => {
      const signal = new AbortController().signal;
      const findings = await session('read', (app) => app.check(SITE, { job: false, signal }));
      return findings.find(({ name }) => name === 'status');
    };
    const eventsOf = (app: App): readonly StoredEvent[] =>
      app.store.events.ofRun(app.store.records.find('first')?.run.uuid ?? '');

    afterAll(async () => {
      for (const directory of made) rmSync(directory, { recursive: true });
      await runLab(['ssh', SITE, `rm -rf ~/${FOLDER}`]);
    });

    it('a submission takes it, and the doctor tells it (statement 36)', async () => {
      const [first = ''] = nodes;
      await scontrol(SITE, first, ...because('DRAIN'));
      const session = await project();
      const words = '3 of 4 nodes are up, 48 of 48 CPUs idle; not up: 1 drained';
      expect(await doctor(session)).toEqual({ name: 'status', verdict: 'ok', words });
      await session('write', async (app) => {
        await app.pass([]);
        const { taken } = app.store.clusters.status(SITE);
        expect(taken && totalsOf(taken.status)).toMatchObject({ nodes: 4, up: 3 });
        expect(app.store.records.find('first')?.attempts[0]?.jobId).toMatch(/^\d+$/);
        expect(eventsOf(app).map(({ message }) => message)).toContainEqual(
          expect.stringMatching(/^hercules at its submission: 3 of 4 nodes are up, \d+ of 48 CPUs idle/),
        );
      });
    });

    it('a sinfo that fails stops nothing; the run goes to its end, and the failure is mailed once (statements 64, 73)', async () => {
      const broken = `#!/bin/sh\necho "sinfo: error: no socket" >&2\nexit 1\n`;
      const bin = `~/${FOLDER}/bin`;
      const put = `mkdir -p ${bin} && cat >${bin}/sinfo && chmod 755 ${bin}/sinfo`;
      expect(await runLab(['ssh', SITE, put], broken)).toMatchObject({ code: 0 });
      const mail = await new MailServer().start();
      const session = await project(`$HOME/${FOLDER}/bin`, mail);
      await session('write', async (app) => {
        const { settled } = await app.waitUntilSettled([], { signal: new AbortController().signal });
        expect(settled).toBe(true);
        expect(app.store.records.find('first')?.run.phase).toBe('Succeeded');
        const told = eventsOf(app).filter(({ reason }) => reason === 'StatusUnavailable');
        expect(told).toMatchObject([
          {
            ...{ kind: 'cluster', cluster: SITE, attempt: 1 },
            message: expect.stringMatching(/sinfo failed with code 1: sinfo: error: no socket$/),
          },
        ]);
        expect(app.store.clusters.status(SITE)).toMatchObject({ failure: {} });
      });
      await mail.stop();
      const subject = `[sluice] first: the status of ${SITE} could not be taken`;
      const mails = mail.received.filter(({ headers }) => headers.get('subject') === subject);
      expect(mails.map(textOf)).toEqual([
        expect.stringMatching(/sinfo failed with code 1: sinfo: error: no socket\n/),
      ]);
    });

    it('a controller that is away is a warning of the doctor', async () => {
      const session = await project();
      await control('stop', SITE, 'slurmctld');
      try {
        expect(await doctor(session)).toEqual({
          ...{ name: 'status', verdict: 'warn' },
          words: expect.stringMatching(/^is not to be had: sinfo .*/),
        });
      } finally {
        await control('start', SITE, 'slurmctld');
      }
    });
  });
});
