/** What must hold of every plan, whatever the facts (SPEC §9). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jobUuid } from '../../src/manifest/identity.js';
import type { Action } from '../../src/model/action.js';
import { isEnded, isOwed } from '../../src/model/run.js';
import type { Facts } from '../../src/plan/facts.js';
import { planPass } from '../../src/plan/plan.js';
import { NO_EVIDENCE, scenes } from './arbitrary.js';
import { factsOf, INSTALLATION, wantedOf, specOf, runOf, uuidOf } from './scene.js';

const RUNS = { numRuns: 400 };

function always(
  holds: (actions: readonly Action[], facts: Facts) => void,
  evidence?: Parameters<typeof scenes>[0],
): void {
  fc.assert(
    fc.property(scenes(evidence), (scene) => {
      const facts = factsOf(scene);
      holds(planPass(facts).actions, facts);
    }),
    RUNS,
  );
}

function ofRun(actions: readonly Action[]): Map<string, Action[]> {
  const runs = new Map<string, Action[]>();
  for (const action of actions) runs.set(action.uuid, [...(runs.get(action.uuid) ?? []), action]);
  return runs;
}

describe('a plan', () => {
  it('makes one attempt of a run at most, and only when the last one has ended or is concluded in it', () => {
    always((actions, facts) => {
      for (const [uuid, own] of ofRun(actions)) {
        const fresh = own.filter((action) => action.kind === 'stage' && action.fresh);
        expect(fresh.length).toBeLessThanOrEqual(1);
        const last = facts.live.get(uuid)?.attempts.at(-1);
        if (fresh.length === 0 || last === undefined || last.state === 'ended' || isOwed(last)) continue;
        expect(own.filter(({ kind }) => kind === 'conclude' || kind === 'cede')).toContainEqual(
          expect.objectContaining({ attempt: last.number }),
        );
      }
    });
  });

  it('numbers attempts without gaps, and begins none where one may be live', () => {
    always((actions, facts) => {
      for (const action of actions) {
        if (action.kind !== 'stage' && action.kind !== 'steps' && action.kind !== 'submit') continue;
        const attempts = facts.live.get(action.uuid)?.attempts ?? [];
        const begins = actions.some(
          (each) => each.uuid === action.uuid && each.kind === 'stage' && each.fresh,
        );
        expect(action.attempt).toBe(attempts.length + (begins ? 1 : 0));
        const live = attempts.filter(
          (each) => each.state !== 'ended' && each.number !== action.attempt && !isOwed(each),
        );
        const ends = actions.filter(({ kind }) => kind === 'conclude' || kind === 'cede');
        for (const each of live) expect(ends).toContainEqual(expect.objectContaining({ token: each.token }));
      }
    });
  });

  it('sends something only to clusters that were reached, and for runs that are not over', () => {
    const far = ['stage', 'steps', 'submit', 'fence', 'fetch', 'settle', 'clean'];
    always((actions, facts) => {
      for (const action of actions) {
        if (!far.includes(action.kind) || !('site' in action)) continue;
        expect(facts.sites.get(action.site)?.reach.kind).toBe('reached');
        const run = facts.live.get(action.uuid)?.run;
        const isDebt = action.kind === 'fence' && action.outcome === 'superseded';
        if (run && isEnded(run.phase) && !isDebt) expect(action.kind).toBe('settle');
      }
    });
  });

  it('concludes nothing from absence, silence or unknown words', () => {
    always((actions, facts) => {
      for (const action of actions) {
        expect(action.kind === 'conclude' && !facts.live.get(action.uuid)?.run.cancelRequested).toBe(false);
      }
    }, NO_EVIDENCE);
  });

  it('concludes what a person gave up only after the patience is over', () => {
    always((actions, facts) => {
      for (const action of actions) {
        if (action.kind !== 'conclude') continue;
        const run = facts.live.get(action.uuid)?.run;
        expect(run?.cancelRequested).toBe(true);
        expect(
          run?.phase === 'Blocked' ||
            (run?.reason === 'OutcomeUnknown' && facts.now - run.updatedAt > 600_000),
        ).toBe(true);
      }
    }, NO_EVIDENCE);
  });

  it('ends what is owed and nothing else as superseded, and never asks for its results', () => {
    always((actions, facts) => {
      for (const action of actions) {
        if (!('token' in action)) continue;
        const attempt = facts.live.get(action.uuid)?.attempts.find((each) => each.token === action.token);
        if (action.kind === 'fence' || action.kind === 'conclude')
          expect(action.outcome === 'superseded').toBe(attempt !== undefined && isOwed(attempt));
        if (attempt && isOwed(attempt))
          expect(['fence', 'conclude', 'settle', 'cede']).toContain(action.kind);
        expect(attempt?.outcome === 'superseded' && action.kind === 'fetch').toBe(false);
      }
    });
  });

  it('does nothing to an attempt that has ended but bring it home, settle it and clean up', () => {
    always((actions, facts) => {
      for (const action of actions) {
        if (!('token' in action)) continue;
        const attempt = facts.live.get(action.uuid)?.attempts.find((each) => each.token === action.token);
        if (attempt?.state === 'ended') expect(['fetch', 'settle', 'clean']).toContain(action.kind);
      }
    });
  });

  it('settles an attempt only when it is ended, and a run only after its results', () => {
    always((actions, facts) => {
      for (const action of actions) {
        if (action.kind === 'finish' && action.phase === 'Succeeded')
          expect(facts.live.get(action.uuid)?.attempts.at(-1)?.fetchedAt).toBeDefined();
        if (action.kind !== 'settle') continue;
        const attempt = facts.live.get(action.uuid)?.attempts.find((each) => each.token === action.token);
        const concluded = actions.some((each) => each.kind === 'conclude' && each.token === action.token);
        expect(attempt?.state === 'ended' || concluded).toBe(true);
      }
    });
  });

  it('holds a run only while nothing of it may be live, or nobody can tell', () => {
    always((actions, facts) => {
      for (const action of actions) {
        if (action.kind !== 'hold' || action.phase !== 'Suspended') continue;
        const last = facts.live.get(action.uuid)?.attempts.at(-1);
        const concluded = actions.some((each) => each.kind === 'conclude' && each.token === last?.token);
        expect(last === undefined || last.state === 'ended' || concluded).toBe(true);
      }
    });
  });

  it('gives no attempt to a run that is suspended or whose end was asked for', () => {
    always((actions, facts) => {
      const suspended = new Set(facts.wanted.filter((each) => each.suspend).map((each) => each.uuid));
      for (const action of actions) {
        if (action.kind !== 'stage' || !action.fresh) continue;
        expect(suspended.has(action.uuid)).toBe(false);
        expect(facts.live.get(action.uuid)?.run.cancelRequested ?? false).toBe(false);
        expect(facts.live.get(action.uuid)?.run.suspendRequested ?? false).toBe(false);
      }
    });
  });

  it('gives no attempt to a cluster that refused the run for good', () => {
    always((actions, facts) => {
      for (const action of actions) {
        if (action.kind !== 'stage' || !action.fresh) continue;
        const attempts = facts.live.get(action.uuid)?.attempts ?? [];
        const refused = attempts.filter((each) => each.outcome === 'refused' && each.reason === 'Refused');
        expect(refused.map((each) => each.cluster)).not.toContain(action.cluster);
      }
    });
  });

  it('begins nothing in recovery before every candidate was recalled', () => {
    always((actions, facts) => {
      for (const action of actions) {
        if (action.kind !== 'stage' || !action.fresh) continue;
        const accepted = actions.find((each) => each.kind === 'accept' && each.uuid === action.uuid);
        const candidates =
          accepted?.kind === 'accept'
            ? accepted.candidates
            : (facts.live.get(action.uuid)?.run.candidates ?? []);
        const suffix = action.site.slice(action.cluster.length);
        for (const name of candidates) expect(facts.sites.get(name + suffix)?.recalled).toBe(true);
      }
    });
  });

  it('keeps max_jobs', () => {
    always((actions, facts) => {
      for (const [key, { cluster, reach }] of facts.sites) {
        if (cluster.maxJobs === undefined || reach.kind !== 'reached') continue;
        const queue = reach.observation.queue.kind === 'answered' ? reach.observation.queue.value : [];
        const before = queue.filter((row) => !row.ended).length;
        const sent = actions.filter(
          (action) => action.kind === 'stage' && action.fresh && action.site === key,
        );
        const tasks = sent.map(
          (action) => facts.wanted.find((each) => each.uuid === action.uuid)?.spec().resources.arraySize ?? 1,
        );
        const sum = tasks.reduce((total, each) => total + each, 0);
        expect(sum === 0 || before + sum <= cluster.maxJobs).toBe(true);
      }
    });
  });

  it('begins a later generation only of a run that has ended', () => {
    always((actions, facts) => {
      for (const action of actions) {
        if (action.kind !== 'accept' || action.generation === 0) continue;
        const before = jobUuid(INSTALLATION, action.name, action.run, action.generation - 1);
        const phase = facts.live.get(before)?.run.phase;
        expect(phase === undefined ? facts.settled.has(before) : isEnded(phase)).toBe(true);
      }
    });
  });

  it('names no attempt but by the token of its run', () => {
    always((actions) => {
      for (const action of actions)
        if ('token' in action) expect(action.token).toBe(`${action.name}.${action.uuid}.${action.attempt}`);
    });
  });

  it('is the same on the same facts, and leaves them as they were', () => {
    fc.assert(
      fc.property(scenes(), (scene) => {
        const facts = deepFreeze(factsOf(scene));
        const before = picture(facts);
        const first = planPass(facts);
        expect(planPass(facts)).toEqual(first);
        expect(picture(facts)).toBe(before);
      }),
      RUNS,
    );
  });

  it('has nothing to do for settled runs with equal manifests', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { maxLength: 40 });
    fc.assert(
      fc.property(names, (list) => {
        const specs = list.map((name) => specOf({ name }));
        const settled = new Map(
          specs.map((spec) => [
            uuidOf(spec),
            { ...runOf(spec), outOfSync: false, isReplaced: false, isWaiting: false, isForgotten: false },
          ]),
        );
        const plan = planPass(factsOf({ wanted: specs.map((spec) => wantedOf(spec)), settled }));
        expect(plan).toEqual({ actions: [], unchanged: list.length, asks: [], waiting: [] });
      }),
    );
  });
});

function picture(facts: Facts): string {
  return JSON.stringify(facts, (_, value: unknown) => (value instanceof Map ? [...value] : value));
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of value instanceof Map ? value.values() : Object.values(value))
    deepFreeze<unknown>(inner);
  return value;
}
