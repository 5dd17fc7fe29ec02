import { createInterface } from 'node:readline';
import { UsageError } from './failures.js';
import type { Terminal } from './output/terminal.js';

const [ENTER, LINE_FEED, BACKSPACE, DELETE, CANCEL, END] = ['\r', '\n', '\b', '\u007f', '\u0003', '\u0004'];

/** Asked for on a terminal, without showing it; otherwise the first line of standard input. @throws {UsageError} */
export async function readPassword(err: Terminal): Promise<string> {
  const { stdin } = process;
  const password = stdin.isTTY ? await typed(stdin, err) : await firstLine(stdin);
  if (password.length < 8) throw new UsageError('a password has at least 8 characters');
  return password;
}

async function firstLine(stdin: NodeJS.ReadStream): Promise<string> {
  const lines = createInterface({ input: stdin });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  throw new UsageError('the password is the first line of standard input; there is none');
}

function typed(stdin: NodeJS.ReadStream, err: Terminal): Promise<string> {
  err.write('Password: ');
  stdin.setRawMode(true);
  stdin.setEncoding('utf8').resume();
  return new Promise((resolve, reject) => {
    let password = '';
    const done = (): void => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      err.line();
    };
    const take = (text: string): void => {
      for (const character of text) {
        if (character === ENTER || character === LINE_FEED || character === END) {
          done();
          resolve(password);
          return;
        }
        if (character === CANCEL) {
          done();
          reject(new UsageError('interrupted; nothing was written'));
          return;
        }
        password =
          character === BACKSPACE || character === DELETE ? password.slice(0, -1) : password + character;
      }
    };
    stdin.on('data', take);
  });
}
