/** Thousands of events at once, and many who follow them: counted, as each costs the thread that answers everybody. */
import { expect, it } from 'vitest';
import { EventFeed, Pieces } from '../../src/http/feed.js';
import type { World } from '../../src/http/ports.js';

const EVENTS = 2_000;
const FOLLOWERS = 20;

/** A state of so many events; `asked` has the id behind which each reading began. */
function stateOf(count: number): { readonly world: World; readonly asked: number[] } {
  const asked: number[] = [];
  const named = (after: number, limit: number) => {
    asked.push(after);
    const ids = Array.from({ length: Math.min(limit, count - after) }, (_, index) => after + index + 1);
    return ids.map((id) => ({
      id,
      at: 0,
      kind: 'manifest',
      message: 'its manifest is gone',
      name: `job-${id}`,
    }));
  };
  const world = {
    store: { events: { named } },
    listing: { lastEvent: () => count },
    onNews: () => () => undefined,
  };
  return { world: world as unknown as World, asked };
}

it('what all who follow are sent is read and written once, and others are answered between two pieces', async () => {
  const { world, asked } = stateOf(EVENTS);
  const pieces = new Pieces(world);
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    ticking = setImmediate(turn);
  };
  let ticking = setImmediate(turn);
  const texts = await Promise.all(
    Array.from({ length: FOLLOWERS }, async () => {
      const feed = new EventFeed(world, pieces, 0);
      let text = '';
      for await (const part of feed) {
        text += String(part);
        if (text.includes(`id: ${EVENTS}\n`)) break;
      }
      return text;
    }),
  );
  clearImmediate(ticking);
  const ids = [...(texts[0] ?? '').matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  expect(ids).toEqual(Array.from({ length: EVENTS }, (_, index) => index + 1));
  expect(texts[0]).toContain('"name":"job-7"');
  expect(new Set(texts).size).toBe(1);
  expect(asked).toHaveLength(EVENTS / 200);
  expect(turns).toBeGreaterThanOrEqual(EVENTS / 200 - 1);
});

it('one who is behind the others is sent what they had, and all that comes later', () => {
  const { world, asked } = stateOf(450);
  const pieces = new Pieces(world);
  expect([pieces.after(0)?.last, pieces.after(200)?.last, pieces.after(400)?.last]).toEqual([200, 400, 450]);
  expect([pieces.after(450), pieces.after(100)?.last, pieces.after(0)?.last]).toEqual([undefined, 300, 200]);
  expect(asked).toEqual([0, 200, 400, 100]);
});
