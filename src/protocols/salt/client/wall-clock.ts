let monotonicToWall = performance.timeOrigin * 1000

/** µs since the epoch, as in `_stamp`. The monotonic clock gives the digits below the milliseconds of the wall clock. */
export function wallMicros(): number {
  const wall = Date.now() * 1000
  const monotonic = performance.now() * 1000
  if (Math.abs(monotonic + monotonicToWall - wall - 500) > TOLERANCE_US) monotonicToWall = wall - monotonic
  return Math.round(monotonic + monotonicToWall)
}

/** If the two clocks differ by more than this, the wall clock was set. */
const TOLERANCE_US = 2000
