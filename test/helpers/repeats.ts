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
  const left = Array.from({ length: count }, (_, index) => index + 1)
  const wanted = repeats(2, count)
  if (wanted >= count) return left
  const drawn = Array.from(
    { length: wanted },
    () => left.splice(Math.floor(Math.random() * left.length), 1)[0],
  )
  console.info(`steps ${drawn.join(', ')} of ${count}; TEST_ROUNDS=long takes all`)
  return drawn
}
