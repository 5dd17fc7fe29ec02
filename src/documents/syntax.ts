/** YAML's own complaints in plain words. Never quotes the text: a passphrase may stand there. */
import type { YAMLParseError, YAMLWarning } from 'yaml';

type Complaint = Pick<YAMLParseError | YAMLWarning, 'code' | 'message' | 'pos'>;

/** Codes after which the bounds of the documents in the file can still be trusted. */
const OF_ONE_DOCUMENT = new Set([
  'TAG_RESOLVE_FAILED',
  'MULTIPLE_ANCHORS',
  'MULTIPLE_TAGS',
  'BAD_ALIAS',
  'BAD_DQ_ESCAPE',
]);

export function isOfFile(complaint: Complaint): boolean {
  return !OF_ONE_DOCUMENT.has(complaint.code);
}

const WORDS: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias (*name) can have no anchor or tag; if it is meant as text, put it in quotes',
  BAD_ALIAS: 'a value that begins with * or & needs quotes around it',
  BAD_DIRECTIVE: 'a line that begins with % is a YAML directive, and this one is unknown; take it out',
  BAD_DQ_ESCAPE: 'unknown escape in double quotes; write \\\\ for a backslash, or use single quotes',
  BAD_SCALAR_START: 'a value cannot begin with @, ` or %; put quotes around it',
  BLOCK_AS_IMPLICIT_KEY: "a value that contains ': ' needs quotes around it",
  BLOCK_IN_FLOW: 'a block cannot stand inside of [ ] or { }; write it on lines of its own',
  KEY_OVER_1024_CHARS: 'a key is longer than 1024 characters; is a quote or a line break missing?',
  MULTILINE_IMPLICIT_KEY: "this is no 'key: value' line; is the ':' missing, or the blank behind it?",
  MULTIPLE_ANCHORS: 'a value can have one anchor (&name) only; if it is meant as text, put it in quotes',
  MULTIPLE_TAGS: 'a value can have one tag (!name) only; if it is meant as text, put it in quotes',
  RESOURCE_EXHAUSTION: 'lists or maps are nested too deeply; at most 100 levels are read',
  TAB_AS_INDENT: 'a tab indents this line; YAML takes spaces only, so replace the tab by spaces',
  TAG_RESOLVE_FAILED: 'tags (!name) are not used here; if it is meant as text, put it in quotes',
};

/** One sentence: what is wrong, and what to type. */
export function wordSyntax(complaint: Complaint, text: string): string {
  if (tabIndents(text, complaint.pos[0])) return WORDS['TAB_AS_INDENT'] ?? '';
  return WORDS[complaint.code] ?? byMessage(complaint);
}

/** A tab in the indentation shows up under several codes. */
function tabIndents(text: string, offset: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? '';
  return /^ *\t/.test(line);
}

function byMessage({ code, message }: Complaint): string {
  if (/closing ['"]quote/i.test(message)) return 'a quote is opened before and never closed';
  if (/Flow (map|sequence)/.test(message)) {
    return message.includes('map') ? "a '{' has no '}' before this" : "a '[' has no ']' before this";
  }
  if (message.includes('block-seq-ind on same line'))
    return "a list begins on the line after its key, each item as '- item'";
  if (message.includes('followed by map values'))
    return "this line has no ':'; a line is 'key: value', or '- item' in a list";
  if (message.includes('less indented'))
    return 'a line of the block of text is indented less than its first; align them';
  if (message.includes('at node end')) {
    return 'nothing can follow here: wrong indentation, or text behind a closing quote; quote the whole value or align the line';
  }
  if (code === 'BAD_INDENT') return 'the indentation does not fit; align this line with those beside it';
  return 'this is no YAML; look at the indentation, the quotes and the brackets here and in the line before';
}
