/**
 * Durations and memory sizes as people write them. By hand, because general parsers guess: one of them
 * makes a millisecond of `1-00:00:00`.
 */
import { show } from './problem.js';

export type Unit = 'duration' | 'memory';
export type Parsed =
  { readonly ok: true; readonly value: number } | { readonly ok: false; readonly why: string };

const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };
/**
 * The schemas' own patterns (a test compares them): each unit once, more than nothing, and few enough digits
 * that Slurm's 32-bit minutes and mebibytes in 64 bits hold every value.
 */
export const DURATION =
  /^(?=.*[1-9])(?!.*d.*d)(?!.*h.*h)(?!.*m.*m)(?!.*s.*s)([0-9]{1,4}d|[0-9]{1,6}h|[0-9]{1,8}m|[0-9]{1,9}s)+$/;
export const MEMORY = /^(?=.*[1-9])[0-9]{1,9}(\.[0-9]{1,9})?[GM]$/;

/** `1d2h30m` → seconds. Each of d, h, m and s at most once; above zero. */
export function parseDuration(text: string): Parsed {
  if (!DURATION.test(text)) return { ok: false, why: wrongDuration(text) };
  let seconds = 0;
  for (const [, digits = '', unit = ''] of text.matchAll(/(\d+)([dhms])/g)) {
    seconds += Number(digits) * (SECONDS[unit] ?? 0);
  }
  return { ok: true, value: seconds };
}

/** `2625M`, `1.5G` → mebibytes (1G is 1024M), rounded up. Exact, whatever the fraction. */
export function parseMemory(text: string): Parsed {
  if (!MEMORY.test(text)) return { ok: false, why: wrongMemory(text) };
  const [whole = '0', fraction = ''] = text.slice(0, -1).split('.');
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * (text.endsWith('G') ? 1024n : 1n);
  return { ok: true, value: Number((scaled + scale - 1n) / scale) };
}

/** What is wrong with a value that should carry a unit, whatever its type. */
export function explainUnit(unit: Unit, value: unknown): string {
  if (typeof value === 'number') return bare(unit, String(value));
  if (typeof value !== 'string')
    return `is ${show(value)}; write ${unit === 'duration' ? 'a time such as 1d2h30m' : 'a size such as 2625M or 1.5G'}`;
  const parsed = unit === 'duration' ? parseDuration(value) : parseMemory(value);
  return parsed.ok ? `${show(value)} does not fit` : parsed.why;
}

const DURATION_UNITS = 'd (days), h (hours), m (minutes) and s (seconds)';

function wrongDuration(text: string): string {
  if (/^\d+(\.\d+)?$/.test(text)) return bare('duration', text);
  const slurm = fromSlurm(text);
  if (slurm !== undefined) return `${show(text)} is Slurm's way to write it; write ${slurm}`;
  if (/^(0+[dhms])+$/.test(text)) return `${show(text)} is no time at all; write more than 0, such as 30m`;
  if (/^(\d+[dhms])+$/.test(text)) {
    const units: readonly string[] = text.match(/[dhms]/g) ?? [];
    const twice = units.find((unit, index) => units.indexOf(unit) < index);
    return twice === undefined
      ? `${show(text)} is too long; a queue has days, not centuries`
      : `${show(text)} has the unit ${twice} twice; add the two up`;
  }
  if (/^(\d+(\.\d+)?[dhms])+$/i.test(text.replaceAll(' ', ''))) {
    const tidy = withoutFractions(text.replaceAll(' ', '').toLowerCase());
    return `${show(text)} does not fit; write ${tidy}`;
  }
  const unit = /^[\d.\s]*([^\d.\s]+)/.exec(text)?.[1];
  const what =
    unit === undefined || !/^\d/.test(text) ? 'is no duration' : `has the unknown unit ${show(unit)}`;
  return `${show(text)} ${what}; the units are ${DURATION_UNITS}, combined as in 1d2h30m`;
}

/** `1.5h` → `1h30m`. */
function withoutFractions(text: string): string {
  let seconds = 0;
  for (const [, digits = '', unit = ''] of text.matchAll(/([\d.]+)([dhms])/g)) {
    seconds += Math.ceil(Number(digits) * (SECONDS[unit] ?? 0));
  }
  return formatDuration(seconds);
}

/** `[D-]HH:MM:SS`, `D-HH`, `D-HH:MM`, `MM:SS` of sbatch. */
function fromSlurm(text: string): string | undefined {
  const match = /^(?:(\d{1,4})-)?(\d{1,6})(?::(\d{1,2}))?(?::(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const [, days, a = '0', b, c] = match;
  if (days === undefined && b === undefined) return undefined;
  const [hours, minutes, seconds] =
    days === undefined && c === undefined ? ['0', a, b ?? '0'] : [a, b ?? '0', c ?? '0'];
  const total = Number(days ?? 0) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return total === 0 ? undefined : formatDuration(total);
}

/** Seconds → `1d2h30m`. */
export function formatDuration(seconds: number): string {
  let rest = Math.max(0, Math.floor(seconds));
  let text = '';
  for (const [unit, length] of Object.entries(SECONDS)) {
    const count = Math.floor(rest / length);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * length;
  }
  return text === '' ? '0s' : text;
}

function wrongMemory(text: string): string {
  if (/^\d+(\.\d+)?$/.test(text)) return bare('memory', text);
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text);
  const units = 'the units are M (mebibytes) and G (gibibytes), as in 2625M or 1.5G';
  if (match === null) return `${show(text)} is no memory size; ${units}`;
  const [, digits = '', unit = ''] = match;
  if (Number(digits) === 0) return `${show(text)} is no memory at all; write more than 0, such as 500M`;
  if (/^[GM]$/.test(unit) && !text.includes(' '))
    return `${show(text)} has too many digits; nine on each side of the point are read`;
  const right = /^([GM])(i?b)?$/i.exec(unit)?.[1]?.toUpperCase();
  if (right !== undefined) return `${show(text)} does not fit; write ${digits}${right}`;
  if (/^t(i?b)?$/i.test(unit))
    return `${show(text)} has the unknown unit ${show(unit)}; write ${Number(digits) * 1024}G`;
  return `${show(text)} has the unknown unit ${show(unit)}; ${units}`;
}

function bare(unit: Unit, digits: string): string {
  return unit === 'duration'
    ? `${digits} has no unit; write for example ${Math.ceil(Number(digits))}m (minutes): the units are d, h, m and s`
    : `${digits} has no unit; write for example ${digits}M: the units are M and G`;
}
