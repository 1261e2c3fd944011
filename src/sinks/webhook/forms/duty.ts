import { createHash } from 'node:crypto'
import { type AlertLevel, cut } from '../facts.js'
import type { Form } from './form.js'

/** PagerDuty takes 512,000 bytes; a character may have four. */
const MAX_DETAILS = 100_000

/** Version 2 of the Events API of PagerDuty. Its `dedup_key` has 255 characters at most. */
export const pagerduty: Form = {
  needsKey: true,
  request([facts], { url, key }) {
    const { tag, source, type, cursor, time, level, summary, host, data } = facts
    const common = { routing_key: key, dedup_key: keyOf(facts.identity, 255) }
    if (facts.isResolved) return { url, body: { ...common, event_action: 'resolve' } }
    const isShort = JSON.stringify(data).length <= MAX_DETAILS
    const payload = {
      ...{ summary, source: cut(host ?? source, 255), severity: level, timestamp: time, class: type },
      component: tag,
      custom_details: { tag, source, cursor, ...(isShort && { data }) },
    }
    return { url, body: { ...common, event_action: 'trigger', payload } }
  },
}

/** Opsgenie takes 15,000 characters of a description, and 8,000 of details in all. */
const MAX_TEXT = 4_000
const PRIORITIES: Readonly<Record<AlertLevel, string>> = {
  critical: 'P1',
  error: 'P2',
  warning: 'P3',
  info: 'P5',
}

/** The alerts of Opsgenie, whose address ends with `/v2/alerts`. */
export const opsgenie: Form = {
  needsKey: true,
  request([facts], { url, key }) {
    const { tag, source, type, cursor, time, summary } = facts
    const headers = { Authorization: `GenieKey ${key}` }
    const alias = keyOf(facts.identity, 512)
    if (facts.isResolved) {
      const close = new URL(url)
      close.pathname = `${close.pathname.replace(/\/$/, '')}/${encodeURIComponent(alias)}/close`
      close.searchParams.set('identifierType', 'alias')
      return { url: close, headers, body: { source: cut(source, 100), note: cut(summary, 1000) } }
    }
    const body = {
      ...{
        message: cut(summary, 130),
        alias,
        description: cut(`${tag}\n${summary}`, MAX_TEXT),
        source: cut(source, 100),
      },
      details: { tag: cut(tag, MAX_TEXT), type, cursor, time },
      priority: PRIORITIES[facts.level],
    }
    return { url, headers, body }
  },
}

/** A key that is too long is its hash. */
function keyOf(identity: string, longest: number): string {
  return identity.length <= longest ? identity : createHash('sha256').update(identity).digest('hex')
}
