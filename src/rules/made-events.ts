import { encodedLength } from '../event/msgpack/encoder.js'
import { TO_SINK } from '../sinks/common-config.js'
import type { Template, TemplateJson } from '../types/template.js'
import type { Wanted } from './held-matches.js'
import { CAUSE, CHAIN, type MadeEvent, type RuleDefinition, tagOfJob } from './rule.js'
import { compileRuleTemplate } from './rule-template.js'

const MAX_TAG_BYTES = 1024
const MAX_DATA_BYTES = 256 * 1024
/** Events that a rule makes when it acts once: its own, and the one that starts its job. */
export const MOST_EVENTS = 2

const ABOUT_EVENT = ['tag', 'source', 'time', 'cursor', 'data']

/** The body of an event, unless the rule says what it is. */
function usualData({ correlation }: RuleDefinition): TemplateJson {
  const rule = `\${rule}`
  if (correlation === undefined) return { rule, count: `\${count}`, ...templatesOf(ABOUT_EVENT) }
  const events = correlation.conditions.map(({ name }) => [name, templatesOf(ABOUT_EVENT, `${name}.`)])
  return { rule, events: Object.fromEntries(events) }
}

function templatesOf(names: readonly string[], begin = ''): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `\${${begin}${name}}`]))
}

/** Makes the events of one rule. */
export class MadeEvents {
  readonly fields: readonly string[]
  readonly #name: string
  readonly #tag: Template | undefined
  readonly #data: Template
  readonly #sink: string | undefined
  readonly #job: Template | undefined

  constructor(definition: RuleDefinition) {
    const { name, fire, sink, job, alert } = definition
    const tag = fire?.tag ?? (sink === undefined || alert !== undefined ? undefined : `rule/${name}`)
    this.#name = name
    this.#tag = tag === undefined ? undefined : compileRuleTemplate(tag)
    this.#data = compileRuleTemplate(tag === undefined ? null : (fire?.data ?? usualData(definition)))
    this.#sink = sink
    this.#job = job && compileRuleTemplate(job.slice(1))
    const templates = [this.#tag, this.#data, this.#job]
    this.fields = [...new Set(templates.flatMap((template) => template?.fields ?? []))]
  }

  /** Throws, and makes nothing, if the values do not give an event. `first`: the counter of the first event. */
  make({ values, chain, cause, trace }: Omit<Wanted, 'bytes'>, first: number): MadeEvent[] {
    const attributes = {
      [CHAIN]: chain.join(' '),
      [CAUSE]: cause,
      ...(trace !== undefined && { traceparent: trace }),
    }
    const events: Omit<MadeEvent, 'counter'>[] = []
    if (this.#tag !== undefined) {
      const tag = checkTag(this.#tag.render(values))
      const sink = this.#sink === undefined ? undefined : { [TO_SINK]: this.#sink }
      events.push({ tag, data: this.#data.render(values), attributes: { ...attributes, ...sink } })
    }
    if (this.#job !== undefined) {
      const data = { rule: this.#name, arguments: this.#job.render(values) }
      events.push({ tag: tagOfJob(this.#name), data, attributes })
    }
    for (const { data } of events) checkSize(data)
    return events.map((event, index) => ({ ...event, counter: first + index }))
  }
}

function checkTag(tag: unknown): string {
  if (typeof tag !== 'string' || tag === '') throw new Error('its tag is not text, or empty')
  if (/[\p{Cc}\p{Surrogate}]/u.test(tag)) throw new Error('its tag has a control character')
  if (new TextEncoder().encode(tag).length > MAX_TAG_BYTES)
    throw new Error(`its tag has over ${MAX_TAG_BYTES} bytes`)
  if (tag === 'hub' || tag.startsWith('hub/'))
    throw new Error('its tag is under hub/, which is for the hub itself')
  return tag
}

function checkSize(data: unknown): void {
  if (encodedLength(data) > MAX_DATA_BYTES) throw new Error(`its event has over ${MAX_DATA_BYTES / 1024} KiB`)
}
