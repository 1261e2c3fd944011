/** Returns the monotonic time, which is the same in all processes of the machine, µs. */
export function micros(): number {
  return Number(process.hrtime.bigint()) / 1000
}

export function seconds(): number {
  return micros() / 1e6
}

export function pause(secondsLong: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, secondsLong * 1000))
}

/** Polls until `check` returns a value other than false or undefined. */
export async function until<Value>(
  what: string,
  check: () => Value | false | undefined | Promise<Value | false | undefined>,
  within = 60,
  everyMillis = 5,
): Promise<Value> {
  const limit = seconds() + within
  for (;;) {
    const value = await check()
    if (value !== false && value !== undefined) return value
    if (seconds() > limit) throw new Error(`${what}: not within ${within} s`)
    await pause(everyMillis / 1000)
  }
}
