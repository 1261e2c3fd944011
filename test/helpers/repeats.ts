/**
 * How often a test that finds more the longer it runs repeats: a short round among the others, many in
 * `npm run test:long`, and `TEST_ROUNDS` as a number for one that is run by itself.
 */
export function repeats(short: number, long: number): number {
  const chosen = process.env.TEST_ROUNDS
  if (chosen === undefined) return short
  return chosen === 'long' ? long : Number(chosen)
}

/** The numbers from 1 to `count`: two of them by chance among other tests, and all in `npm run test:long`. */
export function someOf(count: number): number[] {
  const all = Array.from({ length: count }, (_, index) => index + 1)
  if (process.env.TEST_ROUNDS === 'long') return all
  const two = new Set([1 + Math.floor(Math.random() * count), count])
  console.info(`of ${count} steps: ${[...two].join(', ')}; TEST_ROUNDS=long takes all`)
  return [...two]
}
