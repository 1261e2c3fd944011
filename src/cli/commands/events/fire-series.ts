import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OutgoingEvent } from '../../../client/api.js'
import { BulkPublisher, type LocatedEvent } from '../../hub/bulk-publisher.js'
import { withHub } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { plural } from '../../terminal/figures.js'
import { dataText, type FireOptions, parseData, publishOptions } from './fire-event.js'
import { expandTemplate, type TemplateValues } from './fire-template.js'
import { checkNotHubs } from './reserved-names.js'

export interface SeriesOptions extends FireOptions {
  /** Default: without end. */
  count?: number
  /** ms between two events. Default: as fast as the hub accepts them. */
  every?: number
}

/** Publishes the event again and again; tag and data are templates. */
export async function fireSeries(
  io: Io,
  tag: string,
  data: string | undefined,
  options: SeriesOptions,
): Promise<void> {
  const { ack, source } = publishOptions(options)
  const text = data === undefined ? undefined : await dataText(io, data)
  const eventOf = (n: number): OutgoingEvent => {
    const event = {
      tag: expandTemplate(tag, n, values),
      data: text === undefined ? null : parseData(expandTemplate(text, n, values), data as string, options),
      ...(source === undefined ? {} : { source }),
    }
    checkNotHubs(event, options.asHub)
    return event
  }
  eventOf(1)
  await withHub(io, options, async (client) => {
    const bulk = new BulkPublisher(io, client, ack)
    try {
      await bulk.run(series(eventOf, options, io.signal))
    } finally {
      if (bulk.cursor !== undefined) io.out.line(bulk.cursor)
    }
    if (io.err.isTTY === true) io.note(`${plural(bulk.accepted, 'event')} published`)
  })
}

const values: TemplateValues = {
  now: () => new Date(),
  random: Math.random,
  uuid: randomUUID,
  host: hostname(),
  pid: process.pid,
}

const BATCH = 256

async function* series(
  eventOf: (n: number) => OutgoingEvent,
  { count = Number.POSITIVE_INFINITY, every }: SeriesOptions,
  signal: AbortSignal,
): AsyncGenerator<LocatedEvent[]> {
  const started = performance.now()
  const size = every === undefined ? BATCH : 1
  for (let n = 1; n <= count; n += size) {
    signal.throwIfAborted()
    if (every !== undefined) await until(started + (n - 1) * every, signal)
    const events = Math.min(size, count - n + 1)
    yield Array.from({ length: events }, (_, index) => ({
      location: `event ${n + index}`,
      event: eventOf(n + index),
    }))
  }
}

/** Counted from the start of the series, so that the pace does not drift. */
async function until(due: number, signal: AbortSignal): Promise<void> {
  const left = due - performance.now()
  if (left > 0) await sleep(left, undefined, { signal }).catch(() => signal.throwIfAborted())
}
