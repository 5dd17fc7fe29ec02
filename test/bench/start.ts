/** What merely starting costs. */
import { median, must } from './measure.js';
import { PROGRAM } from './sluice.js';
import { type Row, seconds } from './table.js';

const SLOWER = 2;

/** `sluice --version` beside a Node that does nothing, in turns. */
export async function start(times: number): Promise<Row[]> {
  const nothing: number[] = [];
  const version: number[] = [];
  const cpu: number[] = [];
  for (let time = 0; time < times; time += 1) {
    nothing.push((await must([process.execPath, '-e', '0'])).wallMs);
    const cost = await must([process.execPath, PROGRAM, '--version']);
    version.push(cost.wallMs);
    cpu.push(cost.cpuMs);
  }
  const [floor, ours] = [median(nothing), median(version)];
  return [
    {
      name: 'sluice --version',
      floor: `${seconds(floor)} (node -e 0)`,
      ours: seconds(ours),
      cpu: seconds(median(cpu)),
      target: `${SLOWER} × node`,
      value: `${(ours / floor).toFixed(2)} ×`,
      met: ours < SLOWER * floor,
    },
  ];
}
