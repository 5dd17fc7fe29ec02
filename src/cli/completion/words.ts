/** What can stand at a place of the command line: read off the commands themselves, so that nothing is said twice. */
import type { Argument, Command, Option } from 'commander';

/** One word that fits, with what it means. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

export type Kind = 'job' | 'cluster' | 'manifest' | 'directory';

/** What the place asks for: these words, and what is looked up beside them. */
export interface Wanted {
  readonly words: readonly Candidate[];
  readonly kind?: Kind;
}

export interface Place {
  readonly wanted: Wanted;
  /** What was typed of the word already. */
  readonly typed: string;
  /** Put before each word again: `--output=` of `--output=js`. */
  readonly before: string;
  /** `-C DIR`, where it was typed. */
  readonly directory: string | undefined;
}

/** @param words what was typed after the program's name; the last one is still being typed, and may be empty */
export function placeOf(program: Command, words: readonly string[]): Place {
  const typed = words.at(-1) ?? '';
  const state: Walk = {
    command: program,
    given: 0,
    directory: undefined,
    open: undefined,
    onlyArguments: false,
  };
  for (const word of words.slice(0, -1)) step(state, word);
  const inline = /^(--[a-z-]+=)(.*)$/.exec(typed);
  const option = inline?.[1] === undefined ? undefined : optionOf(state.command, inline[1].slice(0, -1));
  const place = { directory: state.directory, before: '', typed };
  if (option !== undefined)
    return { ...place, before: inline?.[1] ?? '', typed: inline?.[2] ?? '', wanted: valueOf(option) };
  if (state.open !== undefined) return { ...place, wanted: valueOf(state.open) };
  if (typed.startsWith('-') && !state.onlyArguments)
    return { ...place, wanted: { words: optionsOf(state.command) } };
  return { ...place, wanted: argumentOf(state) };
}

interface Walk {
  command: Command;
  /** Arguments of the command so far. */
  given: number;
  directory: string | undefined;
  /** An option that still wants its value. */
  open: Option | undefined;
  onlyArguments: boolean;
}

function step(walk: Walk, word: string): void {
  if (walk.open !== undefined) {
    if (walk.open.short === '-C') walk.directory = word;
    walk.open = undefined;
  } else if (word === '--') walk.onlyArguments = true;
  else if (word.startsWith('-') && !walk.onlyArguments) {
    const option = optionOf(walk.command, word);
    if (option !== undefined && (option.required || option.optional)) walk.open = option;
  } else {
    const below = walk.given === 0 ? visible(walk.command).find((each) => each.name() === word) : undefined;
    if (below === undefined) walk.given += 1;
    else Object.assign(walk, { command: below, given: 0 });
  }
}

/** An option of the command, or one that every command has. */
function optionOf(command: Command, flag: string): Option | undefined {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const found = at.options.find(({ short, long }) => short === flag || long === flag);
    if (found !== undefined) return found;
  }
  return undefined;
}

function optionsOf(command: Command): Candidate[] {
  const all: Candidate[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent)
    for (const { long, short, description, hidden } of at.options)
      if (!hidden) all.push({ word: long ?? short ?? '', about: description });
  return [...all, { word: '--help', about: 'print this' }];
}

const DIRECTORIES = ['-C', '--to'];

function valueOf(option: Option): Wanted {
  const named = [option.short, option.long].some((flag) => flag !== undefined && DIRECTORIES.includes(flag));
  return { words: plain(option.argChoices), ...(named ? { kind: 'directory' } : {}) };
}

function plain(words: readonly string[] = []): Candidate[] {
  return words.map((word) => ({ word, about: '' }));
}

function argumentOf({ command, given }: Walk): Wanted {
  const below = given === 0 ? visible(command) : [];
  const words = below.map((each) => ({ word: each.name(), about: each.description() }));
  const argument = command.registeredArguments[given] ?? lastVariadic(command);
  const kind = argument && kindOf(command, argument);
  return { words: [...words, ...plain(argument?.argChoices)], ...(kind === undefined ? {} : { kind }) };
}

function lastVariadic({ registeredArguments }: Command): Argument | undefined {
  return registeredArguments.findLast(({ variadic }) => variadic);
}

/** By the argument's name, as the help shows it. */
function kindOf(command: Command, argument: Argument): Kind | undefined {
  const ofClusters = command.name() === 'clusters' || command.parent?.name() === 'clusters';
  switch (argument.name()) {
    case 'name':
      return ofClusters ? 'cluster' : 'job';
    case 'path':
      return 'manifest';
    case 'dir':
      return 'directory';
    default:
      return undefined;
  }
}

function visible(command: Command): Command[] {
  return command.commands.filter((each) => !each.name().startsWith('_'));
}
