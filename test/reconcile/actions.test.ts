/** What a pass says that it has carried out: every plan of its rounds, each action once. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Desk, job, kinds, until } from './desk.js';

let desk: Desk;
beforeEach(() => {
  desk = new Desk({
    'jobs.d/first.yaml': job('true # first'),
    'jobs.d/second.yaml': job('true # second', 'depends_on: first\n'),
  });
});
afterEach(() => desk.leave());

it('counts the actions of all its rounds, not those of the last alone', async () => {
  const all: Record<string, number> = {};
  const last: string[] = [];
  await desk.session('write', (app) =>
    until(app, ({ actions, plan, standings }) => {
      for (const [kind, count] of Object.entries(actions)) all[kind] = (all[kind] ?? 0) + count;
      last.push(...kinds(plan.actions));
      return standings.every(({ phase }) => phase === 'Succeeded');
    }),
  );
  // The pass that brings the results of the first home begins the second in another round.
  expect(all).toMatchObject({ accept: 2, stage: 2, submit: 2, fetch: 2 });
  expect(last.filter((kind) => kind === 'fetch').length).toBeLessThan(2);
});
