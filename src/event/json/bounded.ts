/** More values take more than some milliseconds. */
const USUAL_MOST = 32 * 1024

/**
 * `JSON.parse` for the text of a peer: throws if it may have more values than that, strings with commas and brackets
 * counted as several. Its time and memory are in proportion to the values, not to the text.
 */
export function parseBounded(text: string, most = USUAL_MOST): unknown {
  let left = most
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const begins = code === 0x2c || code === 0x5b || code === 0x7b
    if (begins && --left < 0) throw new Error(`the JSON has more than ${most} values`)
  }
  return JSON.parse(text)
}
