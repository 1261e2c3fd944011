let offset = performance.timeOrigin * 1000

/** µs since the epoch, as `_stamp` has them. Between its ms the monotonic clock fills in the rest. */
export function wallMicros(): number {
  const wall = Date.now() * 1000
  const monotonic = performance.now() * 1000
  if (Math.abs(monotonic + offset - wall - 500) > TOLERANCE) offset = wall - monotonic
  return Math.round(monotonic + offset)
}

/** The wall clock was set when it is this far away, µs. */
const TOLERANCE = 2000
