import type { OutgoingEvent } from '../client/api.js'
import type { Placed } from './bulk-publisher.js'
import { type NumberedLine, parseJson, readLines } from './input.js'

type ToEvent = (value: unknown, place: string) => OutgoingEvent

/** The events of lines of JSON. A faulty line ends it, after all before it. */
export async function* placedLines(
  chunks: AsyncIterable<Uint8Array>,
  toEvent: ToEvent,
): AsyncGenerator<Placed[]> {
  for await (const lines of readLines(chunks)) {
    const { placed, fault } = place(lines, toEvent)
    if (placed.length > 0) yield placed
    if (fault) throw fault.error
  }
}

function place(
  lines: readonly NumberedLine[],
  toEvent: ToEvent,
): { placed: Placed[]; fault?: { error: unknown } } {
  const placed: Placed[] = []
  for (const { text, number } of lines) {
    const where = `line ${number}`
    try {
      placed.push({ place: where, event: toEvent(parseJson(text, where), where) })
    } catch (error) {
      return { placed, fault: { error } }
    }
  }
  return { placed }
}
