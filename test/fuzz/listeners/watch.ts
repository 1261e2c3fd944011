/** Signs in what a hub writes or answers that something was not foreseen. */
const signs = [
  /TCN_INTERNAL/,
  /\n?\s+at (?:\S+ )?\(?(?:file:|node:|\/)\S+:\d+:\d+/,
  /unhandled|uncaught/i,
  /Maximum call stack/,
]

/** Returns the text around the first sign of a fault; undefined if there is none. */
export function faultIn(text: string): string | undefined {
  for (const sign of signs) {
    const found = sign.exec(text)
    if (found) return text.slice(Math.max(0, found.index - 200), found.index + 500)
  }
  return undefined
}
