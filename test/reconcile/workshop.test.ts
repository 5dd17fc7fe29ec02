/** What is done here beside the passes: in line, given up, taken once. */
import { describe, expect, it } from 'vitest';
import { Workshop } from '../../src/reconcile/workshop.js';

/** A work that ends when it is told to, or when it is given up. */
class Task {
  begun = false;
  stopped = false;
  end: (result: string) => void = () => undefined;
  readonly run = (signal: AbortSignal): Promise<string> => {
    this.begun = true;
    return new Promise((resolve) => {
      this.end = resolve;
      signal.addEventListener('abort', () => {
        this.stopped = true;
        resolve('stopped');
      });
    });
  };
}

/** Until all that is due has had its turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function begun(workshop: Workshop<string>, count: number): Task[] {
  return Array.from({ length: count }, (_, index) => {
    const task = new Task();
    workshop.begin({ uuid: `u${index}`, make: 'x', run: task.run });
    return task;
  });
}

describe('a workshop', () => {
  it('does eight things at once, and the others in line', async () => {
    const workshop = new Workshop<string>();
    const tasks = begun(workshop, 10);
    await turn();
    const begunOf = (): number => tasks.filter((task) => task.begun).length;
    expect(begunOf()).toBe(8);
    tasks[2]?.end('done');
    await turn();
    expect(begunOf()).toBe(9);
    expect([...workshop.busy]).not.toContain('u2');
    expect([workshop.busy.size, workshop.holds('u2'), workshop.holds('u9')]).toEqual([9, false, true]);
    expect(workshop.take()).toEqual([{ uuid: 'u2', make: 'x', ok: true, result: 'done' }]);
    expect([workshop.take(), workshop.hasNews, workshop.isIdle]).toEqual([[], false, false]);
    await workshop.close();
    expect(begunOf()).toBe(9);
    expect(tasks.filter((task) => task.stopped)).toHaveLength(8);
  });

  it('tells nothing of what was given up, and begins anew for the same run', async () => {
    const workshop = new Workshop<string>();
    const [first] = begun(workshop, 1);
    await turn();
    const second = new Task();
    workshop.begin({ uuid: 'u0', make: 'y', run: second.run });
    await turn();
    expect([first?.stopped, second.begun, workshop.makeOf('u0'), workshop.hasNews]).toEqual([
      true,
      true,
      'y',
      false,
    ]);
    second.end('done');
    await workshop.idle();
    expect(workshop.take()).toEqual([{ uuid: 'u0', make: 'y', ok: true, result: 'done' }]);
  });

  it('forgets what has ended when it is given up before it was taken', async () => {
    const workshop = new Workshop<string>();
    const [task] = begun(workshop, 1);
    await turn();
    task?.end('done');
    await workshop.idle();
    workshop.stop('u0');
    expect(workshop.take()).toEqual([]);
  });

  it('tells a defect as such', async () => {
    const workshop = new Workshop<string>();
    const error = new Error('no room');
    workshop.begin({ uuid: 'u0', make: 'x', run: () => Promise.reject(error) });
    await workshop.idle();
    expect(workshop.take()).toEqual([{ uuid: 'u0', make: 'x', ok: false, error }]);
  });
});
