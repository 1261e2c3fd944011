import type { EventFormat } from './format.js'

/** Whole frames back to back, as they travel. */
export function frameFormat(): EventFormat {
  return { binary: true, encode: (event) => event.bytes.subarray(event.at, event.end) }
}
