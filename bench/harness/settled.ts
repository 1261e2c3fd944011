import { pause } from './clock.js'
import { anonymousKilobytes } from './process-facts.js'

/** Returns the lowest anonymous memory within several seconds, after commits and garbage collection. */
export async function settledMegabytes(pid: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 10; i++) {
    await pause(0.3)
    least = Math.min(least, anonymousKilobytes(pid) / 1024)
  }
  return least
}
