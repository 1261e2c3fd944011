import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Notification, Platform } from '../../../protocols/sctp/index.js'
import { SOURCE_NAME, SOURCE_NAME_RULE, sourceEvent } from '../../../protocols/sctp/notifications/event.js'
import type { HubOptions } from '../../help/options.js'
import { BulkPublisher, type LocatedEvent } from '../../hub/bulk-publisher.js'
import { withHub } from '../../hub/connect.js'
import type { Io } from '../../io.js'

const AT_ONCE = 1000

/** Publishes notifications as the source `sctp/<source>` would. */
export async function publishNotifications(
  io: Io,
  notifications: readonly Notification[],
  options: HubOptions & { publish: string; platform: Platform },
): Promise<void> {
  const { publish: source, platform } = options
  if (!SOURCE_NAME.test(source)) {
    throw new TocsinError('TCN_USAGE', `the name of a source is ${SOURCE_NAME_RULE}`)
  }
  const toPlaced = (notification: Notification, index: number): LocatedEvent => {
    return { event: sourceEvent(source, notification, { platform }), location: `notification ${index + 1}` }
  }
  await withHub(io, options, async (client) => {
    const publisher = new BulkPublisher(io, client, 'accepted')
    await publisher.run(batchesOf(notifications.map(toPlaced)))
    if (publisher.cursor !== undefined) io.out.line(publisher.cursor)
  })
}

async function* batchesOf(events: readonly LocatedEvent[]): AsyncGenerator<readonly LocatedEvent[]> {
  for (let at = 0; at < events.length; at += AT_ONCE) yield events.slice(at, at + AT_ONCE)
}
