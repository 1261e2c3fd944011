/**
 * How often a test that finds more the longer it runs repeats: a short round among the others, many in
 * `npm run test:long`, and `TEST_ROUNDS` as a number for one that is run by itself.
 */
export function repeats(short: number, long: number): number {
  const chosen = process.env.TEST_ROUNDS
  if (chosen === undefined) return short
  return chosen === 'long' ? long : Number(chosen)
}

/** Some members of the list by chance, in their order, among other tests; all of them in `npm run test:long`. */
export function someOf<T>(all: readonly T[], some: number): T[] {
  const wanted = repeats(some, all.length)
  const left = [...all.keys()]
  while (left.length > wanted) left.splice(Math.floor(Math.random() * left.length), 1)
  return left.map((at) => all[at])
}

/** Some of the steps from 1 to `count`. */
export function someSteps(count: number): number[] {
  const drawn = someOf(
    Array.from({ length: count }, (_, index) => index + 1),
    2,
  )
  if (drawn.length < count) console.info(`steps ${drawn.join(', ')} of ${count}; TEST_ROUNDS=long takes all`)
  return drawn
}
