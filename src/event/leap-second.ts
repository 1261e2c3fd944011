/**
 * Returns the second after one that ends in :59, given in µs since the epoch, if a leap second can be between them. It
 * can only be the last one of a month, in UTC. Its fractions are one moment.
 */
export function leapSecond(before: number | undefined): number | undefined {
  if (before === undefined) return undefined
  const after = before + 1e6
  const next = new Date(after / 1000)
  return next.getUTCDate() === 1 && next.getUTCHours() === 0 && next.getUTCMinutes() === 0 ? after : undefined
}
