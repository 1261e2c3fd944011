import { TocsinError } from '../../../errors/tocsin-error.js'
import { isObject } from '../../../event/json/object.js'
import {
  type NotificationProducer,
  type PublishedNotification,
  producer,
} from '../../../protocols/ncs/client/producer.js'
import type { NcsNotification } from '../../../protocols/ncs/notifications/notification.js'
import { namedNotification, publicationOf } from '../../../protocols/ncs/notifications/publication.js'
import { Exit } from '../../help/exit-codes.js'
import type { HubOptions } from '../../help/options.js'
import { withHub } from '../../hub/connect.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { plural } from '../../terminal/figures.js'
import { inOrder } from '../../terminal/in-order.js'
import { parseJson, readChunks, readLines, readText } from '../../terminal/input.js'
import { nameOf } from './notification-lines.js'
import { type Verbosity, verbosities } from './option-values.js'

export interface ProduceOptions extends HubOptions {
  source?: string
  /** ms */
  deadline?: number
  verbosity?: Verbosity
  dryRun?: boolean
  format?: string
  json?: boolean
}

/** Publications of which the hub has not said everything yet. It lets 1000 events of one principal wait at gates. */
const MOST_UNDER_WAY = 100

/** Publishes the notification of the argument, of a file (`@file`), or of each line of standard input (`-`). */
export async function produceNotifications(io: Io, given: string, options: ProduceOptions): Promise<void> {
  const format = options.json ? 'json' : options.format
  if (options.dryRun) return checkAll(io, given, format)
  let late = 0
  await withHub(io, options, async (client) => {
    const hub = producer(client)
    const publication = async ({ notification, place }: LocatedNotification) => ({
      name: nameOf(notification),
      published: await located(place, () => publish(io, hub, notification, options)),
    })
    await inOrder(notificationsIn(io, given), MOST_UNDER_WAY, publication, async ({ name, published }) => {
      late += published.missing.length
      await report(io, format, [{ name, ...published }], () => linesOf(published))
    })
  })
  if (late > 0) throw new Ending(Exit.failed, `${plural(late, 'answer')} did not come`)
}

function publish(
  io: Io,
  hub: NotificationProducer,
  notification: NcsNotification,
  { source, deadline, verbosity = 'normal' }: ProduceOptions,
): Promise<PublishedNotification> {
  return hub.publishNotification(notification, {
    source,
    deadline,
    verbosity: verbosities.indexOf(verbosity),
    signal: io.signal,
  })
}

function linesOf({ cursor, acknowledged, missing }: PublishedNotification): string[] {
  return [
    ...(cursor === undefined ? [] : [cursor]),
    ...acknowledged.map((subscriber) => `answered by ${subscriber}`),
    ...missing.map(({ subscriber, reason }) => `no answer from ${subscriber}: ${reason}`),
  ]
}

async function checkAll(io: Io, given: string, format: string | undefined): Promise<void> {
  for await (const { notification } of notificationsIn(io, given)) {
    const { attributes: _, ...event } = publicationOf(notification)
    const { tag, gate } = event
    await report(io, format, [event], () => [`${tag}${gate === undefined ? '' : `, waits at ${gate}`}`])
  }
}

interface LocatedNotification {
  notification: NcsNotification
  /** Where it is in the input, for people: `line 17`. */
  place: string
}

async function* notificationsIn(io: Io, given: string): AsyncGenerator<LocatedNotification> {
  if (given !== '-') {
    const text = given.startsWith('@') ? await readText(io, given.slice(1)) : given
    yield await notificationOf(text, given.startsWith('@') ? given.slice(1) : 'the notification')
    return
  }
  for await (const lines of readLines(readChunks(io, '-')))
    for (const { text, number } of lines) yield await notificationOf(text, `line ${number}`)
}

/** Types and constants may be written by their names. Rejects with TCN_INPUT_INVALID or TCN_NCS_NOTIFICATION. */
function notificationOf(text: string, place: string): Promise<LocatedNotification> {
  const value = parseJson(text, place)
  if (!isObject(value))
    throw new TocsinError('TCN_INPUT_INVALID', `${place}: a notification is an object with its type`)
  return located(place, async () => {
    const notification = namedNotification(value)
    publicationOf(notification)
    return { notification, place }
  })
}

/** Says in an error of the work where its cause is. */
async function located<Result>(place: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!TocsinError.is(error)) throw error
    throw new TocsinError(error.code, `${place}: ${error.message}`, { cause: error })
  }
}
