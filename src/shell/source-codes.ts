/** What the exit code of the step `source` says; any other is Git's own, or 1: something could not be written. */
export const SOURCE_CODES = {
  /** This login node has no git; neither curl nor wget. */
  noTool: 90,
  /** The network or the host cannot be reached, does not answer, or broke off. */
  unreachable: 91,
  /** The repository, the ref or the file does not exist there, or is refused to us. */
  refused: 92,
  /** Longer than may be downloaded. */
  tooLarge: 93,
  /** A file of that name was sent with the job; nothing was overwritten. */
  inTheWay: 94,
} as const;
