import { TocsinError } from '../../../errors/tocsin-error.js'
import { isObject } from '../../../event/json/object.js'
import {
  type NotificationProducer,
  type PublishedNotification,
  producer,
} from '../../../protocols/ncs/client/producer.js'
import { bitOf } from '../../../protocols/ncs/constants/mask.js'
import { constantNumbers } from '../../../protocols/ncs/notifications/constant-numbers.js'
import { eventOf, type NcsEvent } from '../../../protocols/ncs/notifications/event.js'
import { kindOf } from '../../../protocols/ncs/notifications/kinds.js'
import type { NcsNotification } from '../../../protocols/ncs/notifications/notification.js'
import { Exit } from '../../help/exit-codes.js'
import type { HubOptions } from '../../help/options.js'
import { withHub } from '../../hub/connect.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import { plural } from '../../terminal/figures.js'
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

/** Publishes the notification of the argument, of a file (`@file`), or of each line of standard input (`-`). */
export async function produceNotifications(io: Io, given: string, options: ProduceOptions): Promise<void> {
  const format = options.json ? 'json' : options.format
  if (options.dryRun) return checkAll(io, given, format)
  let late = 0
  await withHub(io, options, async (client) => {
    const hub = producer(client)
    for await (const notification of notificationsIn(io, given)) {
      const published = await publish(hub, notification, options)
      late += published.missing.length
      await report(io, format, [{ name: nameOf(notification), ...published }], () => linesOf(published))
    }
  })
  if (late > 0) throw new Ending(Exit.failed, `${plural(late, 'answer')} did not come`)
}

function publish(
  hub: NotificationProducer,
  notification: NcsNotification,
  { source, deadline, verbosity = 'normal' }: ProduceOptions,
): Promise<PublishedNotification> {
  return hub.publishNotification(notification, {
    source,
    deadline,
    verbosity: verbosities.indexOf(verbosity),
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
  for await (const notification of notificationsIn(io, given)) {
    const { tag, kind, data } = eventOf(notification)
    const gate = kindOf(notification.type)?.gate?.name
    const event: NcsEvent & { gate?: string } = { tag, kind, data, ...(gate && { gate }) }
    await report(io, format, [event], () => [`${tag}${gate === undefined ? '' : `, waits at ${gate}`}`])
  }
}

async function* notificationsIn(io: Io, given: string): AsyncGenerator<NcsNotification> {
  if (given !== '-') {
    const text = given.startsWith('@') ? await readText(io, given.slice(1)) : given
    yield notificationOf(text, given.startsWith('@') ? given.slice(1) : 'the notification')
    return
  }
  for await (const lines of readLines(readChunks(io, '-')))
    for (const { text, number } of lines) yield notificationOf(text, `line ${number}`)
}

/** Types and constants may be written by their names. Throws TCN_INPUT_INVALID or TCN_NCS_NOTIFICATION. */
function notificationOf(text: string, place: string): NcsNotification {
  const value = parseJson(text, place)
  if (!isObject(value))
    throw new TocsinError('TCN_INPUT_INVALID', `${place}: a notification is an object with its type`)
  const { type, name: _, time: __, ...payload } = value
  const bits = typeof type === 'string' ? (bitOf(type) ?? type) : type
  try {
    const notification = { type: bits, ...constantNumbers(payload) } as NcsNotification
    eventOf(notification)
    return notification
  } catch (error) {
    if (!TocsinError.is(error)) throw error
    throw new TocsinError(error.code, `${place}: ${error.message}`, { cause: error })
  }
}
