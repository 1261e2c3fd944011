import { toCloudEvent } from '../../event/cloudevents.js'
import type { Event } from '../../event/event.js'
import { jsonView } from '../../event/json/view.js'
import { isLong } from '../../incremental/long-text.js'
import { compileTemplate, fieldValues, type Template, type TemplateJson } from '../../types/template.js'
import { longParts } from '../event-json.js'
import type { EventView } from '../sink.js'
import { dataOf, factsOf } from './facts.js'

const own: ReadonlySet<string> = new Set(['time', 'cursor', 'summary', 'level', 'event'])

/** Compiles the body of a webhook. Throws TCN_RULE_TEMPLATE. */
export function compileBody(json: TemplateJson): Template {
  return compileTemplate(json, own)
}

/** The body for an event: JSON, whose quoting no value can break, or for a template that is one text, that text. */
export function templateBody(template: Template, isText: boolean, event: Event, view: EventView): string {
  const { tag, source, kind, attributes } = event
  const { time, cursor, summary, level } = factsOf(event, view)
  const whole = isLong(event) ? longParts(event, view).head : toCloudEvent(event, view)
  const parts = { tag, source, kind, attributes, data: dataOf(event) }
  const values = fieldValues(parts, template.fields, view.typeOf, {
    time,
    cursor,
    summary,
    level,
    event: whole,
  })
  const body = jsonView(template.render(values))
  return isText && typeof body === 'string' ? body : JSON.stringify(body)
}
