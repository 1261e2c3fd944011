import { JSON_TYPE, toCloudEvent } from '../../event/cloudevents.js'
import type { Event } from '../../event/event.js'
import { isLong } from '../../incremental/long-text.js'
import { outlineOf } from '../../incremental/outline.js'
import { summaryOf } from '../../types/summary.js'
import { beginningOf, longParts } from '../event-json.js'
import type { EventView } from '../sink.js'

const MAX_SUBJECT = 150
const MAX_SUMMARY = 500
/** The text of all events of a mail, characters; and that of the data of one. */
const MAX_TEXT = 1_000_000
const MAX_DATA = 10_000

export interface MailText {
  subject: string
  text: string
  /** The same for each attempt, so that a mail that came twice can be recognised. */
  messageId: string
}

export function* mailText(
  events: readonly Event[],
  prefix: string,
  view: EventView,
): Generator<undefined, MailText> {
  const [first] = events
  const more = events.length > 1 ? ` (and ${events.length - 1} more)` : ''
  return {
    subject: `${prefix} ${shortened(lineOf(first, view), MAX_SUBJECT)}${more}`.trim(),
    text: yield* textOf(events, view),
    messageId: `<${first.cursorIn(view.epoch)}.${events.length}@${view.hostname}>`,
  }
}

function* textOf(events: readonly Event[], view: EventView): Generator<undefined, string> {
  let text = ''
  for (const [nth, event] of events.entries()) {
    if (text.length > MAX_TEXT)
      return `${text}and ${events.length - nth} more events, from ${event.cursorIn(view.epoch)}\n`
    const { id, time, shown } = yield* shownOf(event, view)
    yield
    text += `${lineOf(event, view)}\n${time}  ${id}\n${shortened(shown ?? 'null', MAX_DATA)}\n\n`
  }
  return text
}

/** The data of a long event is not indented. */
function* shownOf(
  event: Event,
  view: EventView,
): Generator<undefined, { id: string; time?: string; shown: string }> {
  if (isLong(event)) {
    const { head, data } = longParts(event, view)
    const isJson = head.datacontenttype === JSON_TYPE
    const shown = isJson ? yield* beginningOf(data, MAX_DATA) : `${event.body.length} bytes`
    return { id: head.id, time: head.time, shown }
  }
  const { id, time, data, data_base64: bytes } = toCloudEvent(event, view)
  const shown = bytes === undefined ? JSON.stringify(data, null, 2) : `${bytes.length} characters of base64`
  return { id, time, shown }
}

function lineOf(event: Event, view: EventView): string {
  const { tag } = event
  const summary = summaryOf(outlineOf(event), MAX_SUMMARY, view.displayOf(view.typeOf(tag)))
  return `${tag}  ${summary}`.replace(/\p{Cc}+/gu, ' ')
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`
}
