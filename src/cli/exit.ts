/** Exit codes, as the command line promises them. */
export const EXIT = {
  done: 0,
  error: 1,
  changesPending: 2,
  manifestsInvalid: 3,
  runFailed: 4,
  timeOut: 5,
  busy: 6,
  decisionNeeded: 7,
  usage: 64,
  interrupted: 130,
} as const;

/** Where several apply, the first of these is told. */
const PRECEDENCE = [
  EXIT.error,
  EXIT.busy,
  EXIT.decisionNeeded,
  EXIT.timeOut,
  EXIT.runFailed,
  EXIT.manifestsInvalid,
] as const;

/** One code for all that applies; 0 for nothing. */
export function exitCode(applies: ReadonlySet<number>): number {
  return PRECEDENCE.find((code) => applies.has(code)) ?? EXIT.done;
}
