/**
 * The one place where a value becomes a word of a POSIX shell. Always quoted, without exceptions for words that look
 * harmless: `if`, `a=b` and `~` are harmless in one position and not in another.
 */

/**
 * @returns the value as one word that dash, bash and busybox sh read back byte for byte, newlines included
 * @throws {TypeError} for a value with a NUL, which no shell and no argument list can carry
 */
export function quote(value: string): string {
  if (value.includes('\0')) {
    throw new TypeError(
      `a value with a NUL character cannot be given to a shell: ${JSON.stringify(value.slice(0, 60))}`,
    );
  }
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
