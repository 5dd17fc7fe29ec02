/** Asking for a passphrase at the terminal: what is typed is not shown, and given to nobody but who asked. */
import type { AppOptions } from '../app.js';
import type { Context } from './context.js';
import type { Terminal } from './output/terminal.js';
import { safeLine } from './output/safe.js';

/** What is asked of `process.stdin` while a person types there. */
export interface Keyboard {
  setRawMode(raw: boolean): unknown;
  setEncoding(encoding: 'utf8'): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data' | 'end', hear: (text: string) => void): unknown;
  off(event: 'data' | 'end', hear: (text: string) => void): unknown;
}

/** Where a person both types and reads; nothing otherwise. */
export function passphraseAsker({ err, keyboard }: Pick<Context, 'err' | 'keyboard'>): Asker {
  if (keyboard === undefined || !err.interactive) return {};
  return {
    askPassphrase: (file, which) => {
      const question =
        which === 'first'
          ? `Passphrase for ${safeLine(file)}: `
          : `That is not the passphrase for ${safeLine(file)}. Again: `;
      return typed(keyboard(), err, question);
    },
  };
}

type Asker = Pick<AppOptions, 'askPassphrase'>;

/** Takes away what a progress line has left there. */
const ERASE = '\r\u001b[2K';
const [INTERRUPT, END, RUB_OUT, BACKSPACE, CLEAR] = ['\u0003', '\u0004', '\u007f', '\b', '\u0015'];

/** A line that is not shown. @returns undefined where the person gives up */
function typed(keyboard: Keyboard, err: Terminal, question: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let line: readonly string[] = [];
    const finish = (given: string | undefined): void => {
      keyboard.off('data', hear);
      keyboard.off('end', leave);
      keyboard.setRawMode(false);
      keyboard.pause();
      err.line();
      resolve(given);
    };
    const leave = (): void => {
      finish(undefined);
    };
    const hear = (text: string): void => {
      for (const letter of text) {
        if (letter === '\r' || letter === '\n') {
          finish(line.join(''));
          return;
        }
        if (letter === INTERRUPT || letter === END) {
          finish(undefined);
          // The terminal makes no signal of that key now; it means what it always means, before anything goes on.
          if (letter === INTERRUPT) process.emit('SIGINT');
          return;
        }
        line = after(line, letter);
      }
    };
    keyboard.setRawMode(true);
    err.write(`${ERASE}${question}`);
    keyboard.setEncoding('utf8');
    keyboard.on('data', hear);
    keyboard.on('end', leave);
    keyboard.resume();
  });
}

function after(line: readonly string[], letter: string): readonly string[] {
  if (letter === RUB_OUT || letter === BACKSPACE) return line.slice(0, -1);
  return letter === CLEAR ? [] : [...line, letter];
}
