/**
 * The pages in a real Chromium: axe finds nothing, light and dark, wide and on a phone; they work by keyboard alone,
 * without a script too, and are live. `SLUICE_SCREENSHOTS=DIR` keeps what was seen.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AT_GATE, job } from '../reconcile/desk.js';
import { Site } from '../http/site.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const SHOTS = process.env['SLUICE_SCREENSHOTS'];
const WIDE: BrowserContextOptions = { viewport: { width: 1280, height: 900 } };
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
};

let site: Site;
let browser: Browser;
beforeAll(async () => {
  if (CHROMIUM === undefined) throw new Error('these tests need Chromium: apt-get install -y chromium');
  browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  site = await Site.open({
    'clusters.yaml': `clusters:
  here: {transport: local, workload_manager: direct, preferred_jobs: [serial, smp], claims_dir: ~/here/claims, work_dir: ~/here/work}
  there: {transport: local, workload_manager: direct, preferred_jobs: [serial], claims_dir: ~/there/claims, work_dir: ~/there/work}
  lemaitre3: {hostname: lemaitre3.example.org, workload_manager: slurm, preferred_jobs: [mpi], partition: batch}
`,
    'jobs.d/lattice.yaml': job(
      'echo "sweep 1 of 400: energy -1.7432"; exit 0',
      'labels: {project: qcd}\noutput: missing.txt\n',
    ),
    'jobs.d/estimate.yaml': job(
      'echo "pi is about 3.14159" | tee pi.txt',
      'output: pi.txt\nlabels: {project: demo}\n',
    ),
    'jobs.d/scan.yaml': job(
      '[ $SLURM_ARRAY_TASK_ID -ne 7 ]',
      'resources: {nbr_jobs_in_array: 60}\nlabels: {project: qcd}\n',
    ),
    'jobs.d/long.yaml': job(`echo "<b>begun</b>"; ${AT_GATE}`, 'run: "2026-11"\n'),
    'jobs.d/draft.yaml': job('echo the same work'),
    'jobs.d/later.yaml': job('exit 0', 'suspend: true\n'),
    'jobs.d/broken.yaml': 'destination_cluster: here\nexecuton: x\n',
  });
  const phaseOf = (name: string) => site.app.store.runs.byName(name)?.phase;
  await site.until(
    () =>
      phaseOf('scan') === 'Failed' && phaseOf('estimate') === 'Succeeded' && phaseOf('long') === 'Running',
  );
  site.desk.write({
    'jobs.d/estimate.yaml': job('echo other >pi.txt', 'output: pi.txt\nlabels: {project: demo}\n'),
  });
  await site.until(() => phaseOf('draft') === 'Succeeded');
  site.desk.remove('jobs.d/draft.yaml');
  site.desk.write({ 'jobs.d/drafted.yaml': job('echo the same work') });
  await site.pass();
}, 120_000);
afterAll(async () => {
  await browser.close();
  await site.leave();
});

/** What the page itself asked for and what its console said goes with it. */
async function open(
  path: string,
  options: BrowserContextOptions,
  work: (page: Page, context: BrowserContext) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext({
    httpCredentials: { username: 'ann', password: 'correct horse' },
    baseURL: `http://127.0.0.1:${site.port}`,
    ...options,
  });
  const page = await context.newPage();
  const said: string[] = [];
  // That a page answers 404 is what one of these is about.
  page.on('console', (line) => {
    if (!line.text().includes('404 (Not Found)')) said.push(line.text());
  });
  page.on('pageerror', (error) => void said.push(error.message));
  page.on('request', (sent) => {
    if (!sent.url().startsWith(`http://127.0.0.1:${site.port}/`)) said.push(`asked elsewhere: ${sent.url()}`);
  });
  await page.goto(path);
  await work(page, context);
  expect(said).toEqual([]);
  await context.close();
}

const uuidOf = (name: string): string => site.app.store.runs.byName(name)?.uuid ?? '';

describe.each<[string, BrowserContextOptions]>([
  ['wide-light', { ...WIDE, colorScheme: 'light' }],
  ['wide-dark', { ...WIDE, colorScheme: 'dark' }],
  ['phone-light', { ...PHONE, colorScheme: 'light' }],
  ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
])('%s', (view, options) => {
  it.each<[string, () => string]>([
    ['overview', () => '/'],
    ['filtered', () => '/?phase=Failed&label=project%3Dqcd'],
    ['array', () => `/jobs/${uuidOf('scan')}`],
    ['job', () => `/jobs/${uuidOf('estimate')}`],
    ['error', () => '/jobs/nobody'],
  ])('%s: axe finds nothing, and nothing is wider than the screen', async (what, path) => {
    await open(path(), options, async (page, context) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
        [],
      );
      const wider = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(wider).toBe(0);
      if (SHOTS !== undefined) {
        mkdirSync(SHOTS, { recursive: true });
        await page.screenshot({ path: join(SHOTS, `${view}-${what}.png`), fullPage: true });
      }
      expect(context.pages()).toHaveLength(1);
    });
  });
});

it('a path by keyboard alone: skip, filter, open a job, read its log as it grows', async () => {
  await open('/', WIDE, async (page) => {
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('To the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await tabTo(page, 'Running 1');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/?phase=Running');
    expect(await page.locator('#jobs tbody tr').count()).toBe(1);
    await tabTo(page, 'long');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/jobs/*');
    expect(await page.locator('h1').textContent()).toBe('long');
    await tabTo(page, 'stdout');
    await page.keyboard.press('Enter');
    // What a job writes is text, whatever it looks like.
    await page.locator('#log-stdout pre', { hasText: '<b>begun</b>' }).waitFor();
    expect(await page.locator('#script-text pre').textContent()).toContain('#!/bin/bash');
  });
});

it('says what waits for a word, and what to type', async () => {
  await open('/', WIDE, async (page) => {
    const asks = page.locator('#asks');
    expect(await asks.textContent()).toMatch(/drafted: it looks like draft with a new name/);
    const command = (await asks.locator('.command').textContent()) ?? '';
    expect(command).toMatch(/^sluice approve [0-9a-f]+$/);
    // It is what the plan has.
    const { plan } = await site.app.plan([]);
    expect(command.split(' ').at(-1)).toBe(plan.waiting[0]?.digest);
    expect(await page.locator('#problems').textContent()).toMatch(/jobs\.d\/broken\.yaml:2/);
    await page.goto(`/jobs/${uuidOf('estimate')}`);
    expect(await page.locator('section.notice').textContent()).toMatch(/was edited after it was submitted/);
  });
});

it('shows the end of a log that is long, and no more of it than a page can hold', async () => {
  const file = join(site.desk.directory, 'outputs/scan/1/logs/stdout.7');
  const before = readFileSync(file);
  writeFileSync(file, Array.from({ length: 100_000 }, (_, at) => `line ${at + 1}\n`).join(''));
  await open(`/jobs/${uuidOf('scan')}`, WIDE, async (page) => {
    await page.getByText('stdout of task 7').click();
    const log = page.locator('#log-stdout pre');
    await page.locator('#log-stdout pre', { hasText: 'line 100000' }).waitFor();
    const text = (await log.textContent()) ?? '';
    expect([text.length <= 262_144, /^line \d+\n/.test(text)]).toEqual([true, true]);
  });
  writeFileSync(file, before);
});

it('is live: what happens shows by itself, and what was opened stays open', async () => {
  await open(`/jobs/${uuidOf('scan')}`, WIDE, async (page) => {
    await page.locator('#live', { hasText: /^live$/ }).waitFor();
    await page.locator('#log-files summary').click();
    const { status } = await site.put('/jobs/scan/notify', { message: 'seen <i>live</i>' });
    expect(status).toBe(200);
    await page.locator('#story', { hasText: 'seen <i>live</i>' }).waitFor();
    expect(await page.locator('#log-files').getAttribute('open')).toBe('');
  });
});

it('is whole without its script', async () => {
  await open('/?name=scan', { ...WIDE, javaScriptEnabled: false }, async (page) => {
    await page.getByRole('link', { name: 'scan' }).click();
    expect(await page.locator('.tasks li').count()).toBe(60);
    expect(await page.getByRole('link', { name: 'task 7: FAILED' }).getAttribute('href')).toMatch(
      /logs\?task=7$/,
    );
    await page.getByText('stderr of task 7').click();
    await page.locator('#log-stderr a').click();
    expect(page.url()).toMatch(/logs\?stream=stderr&task=7$/);
  });
});

it('keeps the filters in the address', async () => {
  await open('/', WIDE, async (page) => {
    await page.getByLabel('Label').fill('project=qcd');
    await page.getByLabel('Order').selectOption('-created');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/label=project%3Dqcd/);
    expect(await page.locator('#jobs tbody th').allTextContents()).toEqual(['scan', 'lattice']);
    expect(await page.getByLabel('Label').inputValue()).toBe('project=qcd');
    await page.getByRole('link', { name: /Failed/ }).click();
    await page.waitForURL(/phase=Failed.*label=project/);
  });
});

const focused = (page: Page): Promise<unknown> =>
  page.evaluate('document.activeElement.textContent.trim().replace(/\\s+/g, " ")');

async function tabTo(page: Page, words: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    if (String(await focused(page)).endsWith(words)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`nothing with "${words}" can be reached by Tab`);
}
