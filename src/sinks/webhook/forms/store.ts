import { asFields } from '../../../event/json/object.js'
import type { Json } from '../../../event/json/view.js'
import { cut, type Facts } from '../facts.js'
import type { Form } from './form.js'

const MAX_LABELS = 30
const MAX_LABEL = 500

/**
 * Version 2 of the API of Alertmanager, which knows an alert by its labels: an event has those of `data.labels`, or what
 * it is about. All values are texts there, and names have no dots.
 */
export const alertmanager: Form = {
  isBatched: true,
  request: (all, { url }) => ({
    url,
    body: all.map((facts) => ({
      labels: labelsOf(facts),
      annotations: { summary: facts.summary, tag: facts.tag, cursor: facts.cursor },
      ...timesOf(facts),
    })),
  }),
}

/** Alertmanager ends an alert by itself after minutes unless it has an end, so that one of a rule has a far one. */
const FAR_MS = 31 * 86_400_000

function timesOf({ isResolved, time, start, end }: Facts): { startsAt?: string; endsAt?: string } {
  if (start === undefined) return isResolved ? { endsAt: time } : { startsAt: time }
  if (isResolved) return { startsAt: start, endsAt: end ?? time }
  return { startsAt: start, endsAt: new Date(Date.parse(start) + FAR_MS).toISOString() }
}

function labelsOf({ identity, source, host, level, data, start }: Facts): Record<string, string> {
  const given = Object.entries(asFields(asFields(data).labels)).flatMap(([name, value]) =>
    typeof value === 'string' && value !== '' ? [[labelName(name), cut(value, MAX_LABEL)] as const] : [],
  )
  const own = { source, ...(host !== undefined && { host }), severity: level }
  const labels = given.length > 0 ? Object.fromEntries(given.slice(0, MAX_LABELS)) : own
  const { rule, alerts } = asFields(data)
  // That of a group keeps its labels when its worst alert is another one.
  if (start !== undefined && Array.isArray(alerts))
    return { alertname: 'group', key: identity, ...Object.fromEntries(given) }
  // The alert of a rule has its name, and the key tells it from others of the rule.
  if (start !== undefined && typeof rule === 'string')
    return { alertname: rule, key: identity, severity: level, ...Object.fromEntries(given) }
  return { alertname: identity, ...labels }
}

function labelName(name: string): string {
  return cut(name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=[0-9]|$)/, '_'), MAX_LABEL).replace('…', '_')
}

/** Loki refuses lines of more than 256 KiB; a character may have four bytes. */
const MAX_LINE = 60_000

/** The push API of Loki. Each value of a label opens a stream, so that there are only those of which there are few. */
export const loki: Form = {
  isBatched: true,
  request(all, { url }) {
    const streams = new Map<string, { stream: Record<string, string>; values: Json[] }>()
    for (const facts of all) {
      const { source, host, level, micros } = facts
      const stream = { source, severity: level, ...(host !== undefined && { host }) }
      const key = JSON.stringify(stream)
      const values = streams.get(key)?.values ?? []
      values.push([`${Math.round(micros)}000`, lokiLine(facts)])
      streams.set(key, { stream, values })
    }
    return { url, body: { streams: [...streams.values()] } }
  },
}

function lokiLine({ tag, type, cursor, time, summary, data }: Facts): string {
  const line = JSON.stringify({ tag, type, cursor, time, summary, data })
  return line.length <= MAX_LINE ? line : JSON.stringify({ tag, type, cursor, time, summary })
}
