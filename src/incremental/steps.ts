/** Does all steps at once, and returns what the last one returns. */
export function finished<Result>(steps: Iterator<unknown, Result>): Result {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}
