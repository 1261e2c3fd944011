import type { Event } from '../../event/event.js'
import { jsonView } from '../../event/json/view.js'
import { isLong } from '../../incremental/long-text.js'
import { outlineOf } from '../../incremental/outline.js'
import { compileTemplate, fieldValues, type Template } from '../../types/template.js'
import { eventJson, longParts, type Pieces } from '../event-json.js'
import type { EventView } from '../sink.js'

const NONE: ReadonlySet<string> = new Set()
/** The specification of MQTT. */
const MAX_TOPIC_BYTES = 65_535

/** Compiles the template of a topic. Throws TCN_RULE_TEMPLATE. */
export function compileTopic(text: string): Template {
  return compileTemplate(text, NONE)
}

/** MQTT 5 §1.5.4 and §4.7: only filters have these, or no text may. A broker ends the connection that sends them. */
const NOT_IN_TOPICS = /[+#\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu

/** The topic of an event; undefined if there is none. Characters that it must not have are percent-encoded. */
export function topicOf(template: Template, event: Event, view: EventView): string | undefined {
  const { tag, source, kind, attributes } = event
  const data = isLong(event) ? outlineOf(event) : event.data
  const values = fieldValues({ tag, source, kind, attributes, data }, template.fields, view.typeOf, {})
  const topic = String(template.render(values)).replace(NOT_IN_TOPICS, percentEncoded)
  return topic === '' || Buffer.byteLength(topic) > MAX_TOPIC_BYTES ? undefined : topic
}

/** A lone surrogate becomes U+FFFD. */
function percentEncoded(character: string): string {
  return encodeURIComponent(Buffer.from(character).toString())
}

/** The data of an event alone, as JSON. */
export function* dataJson(event: Event, view: EventView): Pieces {
  if (isLong(event)) yield* longParts(event, view).data
  else yield JSON.stringify(jsonView(event.data))
}

export const payloads = { event: eventJson, data: dataJson } as const
