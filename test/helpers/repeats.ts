/**
 * How often a test that finds more the longer it runs repeats: a short round among the others, many in
 * `npm run test:long`, and `TEST_ROUNDS` as a number for one that is run by itself.
 */
export function repeats(short: number, long: number): number {
  const chosen = process.env.TEST_ROUNDS
  if (chosen === undefined) return short
  return chosen === 'long' ? long : Number(chosen)
}
