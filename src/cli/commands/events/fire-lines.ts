import type { Client, OutgoingEvent } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { isObject } from '../../../event/json/object.js'
import { cloudEventToPublish, locatedLines } from '../../hub/bulk-lines.js'
import { BulkPublisher } from '../../hub/bulk-publisher.js'
import { withHub } from '../../hub/connect.js'
import { viewOf } from '../../hub/view.js'
import type { Io } from '../../io.js'
import { plural } from '../../terminal/figures.js'
import { parseJson, readChunks } from '../../terminal/input.js'
import { type FireOptions, publishOptions } from './fire-event.js'
import { checkNotHubs } from './reserved-names.js'

export interface FireLinesOptions extends FireOptions {
  /** True if a line is text, which becomes the field `line`. */
  text?: boolean
  /** The treatment of an invalid line. */
  onError?: 'skip' | 'stop'
}

/** Publishes one event for each line of stdin: data for the tag, or an event with its own tag. */
export async function fireLines(io: Io, tag: string | undefined, options: FireLinesOptions): Promise<void> {
  const { ack, source } = publishOptions(options)
  const skipped = new SkippedLines(io)
  await withHub(io, options, async (client) => {
    const bulk = new BulkPublisher(io, client, ack)
    const toEvent = tag === undefined ? await ownTagReader(io, client) : (data: unknown) => ({ tag, data })
    const withSource = source === undefined ? {} : { source }
    try {
      await bulk.run(
        locatedLines(
          readChunks(io, '-'),
          (value, place) => {
            const event = { ...withSource, ...toEvent(value, place) }
            checkNotHubs(event, options.asHub)
            return event
          },
          {
            read: options.text ? textData : jsonData,
            ...(options.onError === 'skip' ? { onInvalid: (error) => skipped.note(error) } : {}),
          },
        ),
      )
    } finally {
      skipped.end()
      if (bulk.cursor !== undefined) io.out.line(bulk.cursor)
    }
    if (io.err.isTTY === true) io.note(`${plural(bulk.accepted, 'event')} published`)
  })
}

function jsonData(text: string, place: string): unknown {
  return parseJson(text, place, 'lines of text are published with --text')
}

/** The data of a text that is not JSON. */
function textData(text: string): { line: string } {
  return { line: text.replace(/\r$/, '') }
}

const MAX_NOTES = 20

/** Names the first lines that are left out, and counts them all. */
class SkippedLines {
  readonly #io: Io
  #count = 0

  constructor(io: Io) {
    this.#io = io
  }

  note({ message, code }: TocsinError): void {
    if (++this.#count <= MAX_NOTES) this.#io.note(`${message} (${code})`)
  }

  end(): void {
    if (this.#count > 0) this.#io.note(`${plural(this.#count, 'line')} skipped`)
  }
}

async function ownTagReader(
  io: Io,
  client: Client,
): Promise<(value: unknown, place: string) => OutgoingEvent> {
  const view = await viewOf(io, client, true)
  return (value, place) => {
    if (!isObject(value)) throw invalid(place, 'not an object')
    return 'specversion' in value ? cloudEventToPublish(value, place, view) : plainEvent(value, place)
  }
}

const keys = ['tag', 'data', 'source', 'attributes', 'kind']

function plainEvent(object: Record<string, unknown>, place: string): OutgoingEvent {
  const unknown = Object.keys(object).find((key) => !keys.includes(key))
  if (unknown !== undefined) {
    throw invalid(place, `unknown key ${JSON.stringify(unknown)}; keys are ${keys.join(', ')}`)
  }
  const { tag, data = null, ...rest } = object
  if (typeof tag !== 'string') throw invalid(place, 'there is no tag')
  return { tag, data, ...rest } as OutgoingEvent
}

function invalid(place: string, what: string): TocsinError {
  return new TocsinError(
    'TCN_INPUT_INVALID',
    `${place}: ${what}; a line is {"tag": …, "data": …} or a CloudEvent`,
  )
}
