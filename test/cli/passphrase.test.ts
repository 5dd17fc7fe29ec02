import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Keyboard, passphraseAsker } from '../../src/cli/passphrase.js';
import { type Screen, screen } from './screen.js';

/** A keyboard on which a test types; it notes what is done to it. */
class Keys extends EventEmitter implements Keyboard {
  readonly done: string[] = [];
  setRawMode = (raw: boolean): void => void this.done.push(raw ? 'hidden' : 'shown');
  setEncoding = (encoding: string): void => void this.done.push(encoding);
  resume = (): void => void this.done.push('heard');
  pause = (): void => void this.done.push('left alone');
}

function asking(which: 'first' | 'again' = 'first'): {
  readonly keys: Keys;
  readonly shown: Screen;
  readonly given: Promise<string | undefined>;
} {
  const keys = new Keys();
  const shown = screen({ columns: 80 });
  const { askPassphrase } = passphraseAsker({ err: shown.err, keyboard: () => keys });
  if (!askPassphrase) throw new Error('nobody is asked');
  return { keys, shown, given: askPassphrase('/home/ann/key', which) };
}

describe('a passphrase', () => {
  it('is asked for at a terminal only, where a person both types and reads', () => {
    const keyboard = (): Keyboard => new Keys();
    expect(passphraseAsker({ err: screen({ columns: 80 }).err, keyboard: undefined })).toEqual({});
    expect(passphraseAsker({ err: screen().err, keyboard })).toEqual({});
  });

  it('is typed without being shown, and the keyboard is left as it was', async () => {
    const { keys, shown, given } = asking();
    for (const part of ['correct ', 'hors', 'e\rand more']) keys.emit('data', part);
    expect(await given).toBe('correct horse');
    expect(shown.text()).toBe('\r\u001b[2KPassphrase for /home/ann/key: \n');
    expect(keys.done).toEqual(['hidden', 'utf8', 'heard', 'shown', 'left alone']);
    expect(keys.listenerCount('data') + keys.listenerCount('end')).toBe(0);
  });

  it.each([
    ['a letter', 'hoe\u007frse\n', 'horse'],
    ['a letter of several bytes', 'häß\bs\n', 'häs'],
    ['the line', 'wrong\u0015horse\n', 'horse'],
    ['more than there is', 'a\u007f\u007f\u007fb\n', 'b'],
  ])('can be mended: %s', async (_, text, words) => {
    const { keys, given } = asking('again');
    keys.emit('data', text);
    expect(await given).toBe(words);
  });

  it.each(['\u0004', 'end'])('need not be given (%j)', async (how) => {
    const { keys, shown, given } = asking('again');
    if (how === 'end') keys.emit('end');
    else keys.emit('data', `half${how}`);
    expect(await given).toBeUndefined();
    expect(shown.text()).toBe('\r\u001b[2KThat is not the passphrase for /home/ann/key. Again: \n');
  });
});
