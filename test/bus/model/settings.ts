/**
 * Settings of the model tests:
 *
 *   TEST_ROUNDS  number of random runs of each test; default 40
 *   MODEL_SEED  repeats the runs with this seed
 *   MODEL_PATH  repeats only the run that failed, together with its seed
 */
import { repeats } from '../../helpers/repeats.js'
export const runs = repeats(40, 3000)

export function chance(numRuns: number): { numRuns: number; seed: number; path?: string } {
  const seed = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.info(`${numRuns} stories, MODEL_SEED=${seed}`)
  return { numRuns, seed, path: process.env.MODEL_PATH }
}
