/** What OpenMP and MKL are told; set before the user's `environment`, which may say otherwise. */
export function threadVariables(threads: number | undefined): Readonly<Record<string, string>> {
  return threads === undefined ? {} : { OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) };
}
