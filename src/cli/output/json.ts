import { escapeJson } from '../terminal.js'
import type { EventFormat } from './format.js'

/** One CloudEvent a line. */
export function jsonFormat(toObject: (event: Parameters<EventFormat['encode']>[0]) => unknown): EventFormat {
  return { binary: false, encode: (event) => `${escapeJson(JSON.stringify(toObject(event)))}\n` }
}
