import { z } from 'zod'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { parseTime } from '../../../event/position.js'
import type { NetconfNotification } from '../../netconf/codec/notification.js'

const document = z.record(z.string(), z.record(z.string(), z.unknown()))
const ENVELOPE = /^(?:[\w.-]+:)?notification$/
const EVENT_TIME = /^(?:[\w.-]+:)?eventTime$/

/** Reads a notification in JSON (RFC 8040, section 6.4). Throws TCN_NETCONF_MESSAGE. */
export function readJsonNotification(value: unknown): NetconfNotification {
  const { data = {}, success } = document.safeParse(value)
  const [[key, members] = ['', {}], ...others] = Object.entries(data)
  if (!success || !ENVELOPE.test(key) || others.length > 0) throw malformed('it is not a notification')
  const [event, ...more] = Object.entries(members).filter(([name]) => !EVENT_TIME.test(name))
  if (event === undefined || more.length > 0) throw malformed('a notification has one content')
  const [qualifiedName, content] = event
  const time = Object.entries(members).find(([name]) => EVENT_TIME.test(name))?.[1]
  const eventTime = typeof time === 'string' ? time : ''
  return {
    name: qualifiedName.slice(qualifiedName.lastIndexOf(':') + 1),
    qualifiedName,
    eventTime,
    time: parseTime(eventTime),
    // An event without leaves is [null] or {}, by what it is in its model (RFC 7951, section 6.9).
    content: typeof content === 'object' && content !== null && !Array.isArray(content) ? content : {},
  }
}

/** Levels of lists and maps, at most `most`. */
export function heightOf(value: unknown, most: number): number {
  if (typeof value !== 'object' || value === null || most === 0) return 0
  let height = 0
  for (const each of Object.values(value)) height = Math.max(height, heightOf(each, most - 1))
  return height + 1
}

function malformed(message: string): TocsinError {
  return new TocsinError('TCN_NETCONF_MESSAGE', message)
}
