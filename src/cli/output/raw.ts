import type { EventFormat } from './format.js'

/** The body as it is stored: one msgpack value after the other. */
export function rawFormat(): EventFormat {
  return { binary: true, encode: (event) => event.body }
}
