import type { StoryLine } from '../../reconcile/report.js';
import { safeLine } from './safe.js';
import type { Terminal } from './terminal.js';

/** Whether this line is told: warnings always, detail with `--verbose`, nothing else with `--quiet`. */
export function tellsStory(
  line: StoryLine,
  at: { readonly verbose: boolean; readonly quiet: boolean },
): boolean {
  if (line.level === 'warning') return true;
  return !at.quiet && (line.level === 'info' || at.verbose);
}

/** `lattice: submitted as job 12 (hercules)`; what the text names already is not said twice. */
export function storyText(line: StoryLine, { paint }: Terminal): string {
  const text = safeLine(line.text);
  const who = line.job ?? line.cluster;
  const where =
    line.job !== undefined && line.cluster !== undefined && !text.includes(line.cluster)
      ? ` (${line.cluster})`
      : '';
  const said = `${who === undefined ? '' : `${paint.bold(who)}: `}${text}${where}`;
  if (line.level === 'warning') return `${paint.yellow('warning:')} ${said}`;
  return line.level === 'detail' ? paint.dim(said) : said;
}
