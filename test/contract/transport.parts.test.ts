/** The small parts that all transports share. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Slots } from '../../src/transport/slots.js';
import { Tail } from '../../src/transport/tail.js';

describe('Tail', () => {
  it('keeps the last bytes, however they come', () => {
    const chunks = fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 30 }));
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 40 }), (words, limit) => {
        const tail = new Tail(limit);
        for (const word of words) tail.push(Buffer.from(word));
        expect(tail.text()).toBe(words.join('').slice(-limit));
      }),
    );
  });
});

describe('Slots', () => {
  it('never gives out more than there are, keeps the order, and loses none', async () => {
    const durations = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(durations, fc.integer({ min: 1, max: 4 }), async (turns, limit) => {
        const slots = new Slots(limit);
        const order: number[] = [];
        let held = 0;
        await Promise.all(
          turns.map(async (wait, index) => {
            const release = await slots.acquire();
            order.push(index);
            held += 1;
            expect(held).toBeLessThanOrEqual(limit);
            for (let turn = 0; turn < wait; turn += 1) await Promise.resolve();
            held -= 1;
            release();
            release();
          }),
        );
        expect(order).toEqual(turns.map((_, index) => index));
      }),
    );
  });

  it('turns all away when closed', async () => {
    const slots = new Slots(1);
    await slots.acquire();
    const waiting = slots.acquire();
    slots.close(new Error('closed'));
    await expect(waiting).rejects.toThrow('closed');
    await expect(slots.acquire()).rejects.toThrow('closed');
  });
});
