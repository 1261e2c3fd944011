import type { AckLevel, OutgoingEvent } from '../../../client/api.js'
import { parseTime } from '../../../event/position.js'
import type { HubOptions } from '../../help/options.js'
import { BulkPublisher, type LocatedEvent } from '../../hub/bulk-publisher.js'
import { withHub } from '../../hub/connect.js'
import type { Io } from '../../io.js'
import { plural } from '../../terminal/figures.js'
import { openEventFile } from './import-events.js'
import { Pace } from './pace.js'

export interface PlayOptions extends HubOptions {
  /** Times as fast as it was. */
  speed?: number
  tagPrefix?: string
  ack?: AckLevel
}

/** Publishes recorded events again, with the pauses that there were between them. */
export async function playEvents(io: Io, path: string, options: PlayOptions): Promise<void> {
  const open = await openEventFile(io, path)
  await withHub(io, options, async (client) => {
    const ack = options.ack ?? (client.welcome.durable ? 'durable' : 'accepted')
    const bulk = new BulkPublisher(io, client, ack)
    await bulk.run(paced(io, await open(client), options))
    io.note(`${plural(bulk.accepted, 'event')} played`)
    if (bulk.cursor !== undefined) io.out.line(bulk.cursor)
  })
}

/** Batches of events whose turn it is. */
async function* paced(
  io: Io,
  batches: AsyncIterable<LocatedEvent[]>,
  { speed = 1, tagPrefix = '' }: PlayOptions,
): AsyncGenerator<LocatedEvent[]> {
  const pace = new Pace(speed)
  for await (const batch of batches) {
    let due: LocatedEvent[] = []
    for (const placed of batch) {
      const time = timeOf(placed.event)
      if (pace.delay(time) >= 1) {
        if (due.length > 0) yield due
        due = []
        await pace.wait(time, io.signal)
      }
      due.push(withPrefix(placed, tagPrefix))
    }
    if (due.length > 0) yield due
  }
}

function withPrefix({ event, location: place }: LocatedEvent, prefix: string): LocatedEvent {
  return prefix === ''
    ? { event, location: place }
    : { event: { ...event, tag: prefix + event.tag }, location: place }
}

/** When it happened the first time. */
function timeOf({ attributes }: OutgoingEvent): number | undefined {
  const time = attributes?.time
  return typeof time === 'string' ? parseTime(time) : undefined
}
