/**
 * How the model tests run:
 *
 *   MODEL_RUNS  random stories each; default 300
 *   MODEL_SEED  the same stories again
 *   MODEL_PATH  only the one that failed, with its seed
 */
export const runs = Number(process.env.MODEL_RUNS ?? 300)

export function chance(numRuns: number): { numRuns: number; seed: number; path?: string } {
  const seed = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.info(`${numRuns} stories, MODEL_SEED=${seed}`)
  return { numRuns, seed, path: process.env.MODEL_PATH }
}
