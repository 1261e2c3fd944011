import type { Client, OutgoingEvent } from '../client/api.js'
import { TocsinError } from '../event/errors.js'
import { BulkPublisher } from './bulk-publisher.js'
import { type FireOptions, publishOptions } from './commands/fire.js'
import { formatCount } from './figures.js'
import { withHub } from './hub.js'
import { parseJson, readChunks, readLines } from './input.js'
import type { Io } from './io.js'
import { viewOf } from './view.js'

/** Each line of stdin an event: data for the tag, or with a tag of its own. */
export async function fireLines(io: Io, tag: string | undefined, options: FireOptions): Promise<void> {
  const { ack, source } = publishOptions(options)
  await withHub(io, options, async (client) => {
    const bulk = new BulkPublisher(io, client, ack)
    const toEvent =
      tag === undefined ? await ownTagReader(io, client) : (value: unknown) => ({ tag, data: value })
    try {
      for await (const lines of readLines(readChunks(io, '-'))) {
        await bulk.publish(
          lines.map(({ text, number }) => {
            const place = `line ${number}`
            return {
              place,
              event: {
                ...(source === undefined ? {} : { source }),
                ...toEvent(parseJson(text, place), place),
              },
            }
          }),
        )
      }
    } finally {
      await report(io, bulk)
    }
  })
}

async function report(io: Io, bulk: BulkPublisher): Promise<void> {
  try {
    await bulk.finish()
  } finally {
    if (bulk.cursor !== undefined) io.out.line(bulk.cursor)
    if (io.err.isTTY === true) io.note(`${formatCount(bulk.accepted)} events published`)
  }
}

async function ownTagReader(
  io: Io,
  client: Client,
): Promise<(value: unknown, place: string) => OutgoingEvent> {
  const { cloudEventToPublish } = await import('./cloud-event-line.js')
  const view = await viewOf(io, client, true)
  return (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalid(place, 'not an object')
    const object = value as Record<string, unknown>
    if ('specversion' in object) return cloudEventToPublish(object, place, view)
    return plainEvent(object, place)
  }
}

const keys = ['tag', 'data', 'source', 'attributes', 'kind']

function plainEvent(object: Record<string, unknown>, place: string): OutgoingEvent {
  const unknown = Object.keys(object).find((key) => !keys.includes(key))
  if (unknown !== undefined)
    throw invalid(place, `unknown key ${JSON.stringify(unknown)}; keys are ${keys.join(', ')}`)
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
