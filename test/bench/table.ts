/** What was measured, beside what it is measured against. */

export interface Row {
  readonly name: string;
  /** The hand-written way in the same run, where there is one. */
  readonly floor: string;
  readonly ours: string;
  /** User and system time of ours, in seconds. */
  readonly cpu: string;
  readonly target: string;
  readonly value: string;
  readonly met: boolean;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

export function render(rows: readonly Row[]): string {
  const lines = [
    ['case', 'floor', 'ours', 'cpu', 'at most', 'is', ''],
    ...rows.map((row) => [
      ...[row.name, row.floor, row.ours, row.cpu, row.target, row.value],
      row.met ? 'met' : 'MISSED',
    ]),
  ];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}
