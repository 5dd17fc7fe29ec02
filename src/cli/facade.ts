import type { App } from '../app.js';
import type { Known } from '../known.js';
import type { StoryLine } from '../reconcile/report.js';
import { assertDirectory, say, type Context } from './context.js';
import { storyText, tellsStory } from './output/story.js';
import { passphraseAsker } from './passphrase.js';

export interface Opening {
  /** Takes a line of the story; otherwise it goes to standard error as it comes. */
  readonly story?: (line: StoryLine) => void;
}

/** Opens the project for one command, and closes it whatever happens. */
export async function withApp(
  at: Context,
  access: 'read' | 'plan' | 'write',
  work: (app: App) => Promise<number>,
  { story = (line) => tell(at, line) }: Opening = {},
): Promise<number> {
  assertDirectory(at);
  const { openApp } = await import('../app.js');
  const app = await openApp(
    {
      ...{ directory: at.directory, env: at.env, story, now: at.now, command: at.command },
      ...passphraseAsker(at),
    },
    access,
  );
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}

/** What the state knows, for a command that asks nobody: without all that a pass would need. */
export async function withKnown(at: Context, work: (known: Known) => Promise<number>): Promise<number> {
  assertDirectory(at);
  const { openKnown } = await import('../known.js');
  const warn = (text: string): void => {
    tell(at, { level: 'warning', text });
  };
  const known = openKnown({ directory: at.directory, env: at.env, warn, now: at.now });
  try {
    return await work(known);
  } finally {
    known.store.close();
  }
}

function tell(at: Context, line: StoryLine): void {
  if (tellsStory(line, at)) say({ ...at, quiet: false }, storyText(line, at.err));
}
