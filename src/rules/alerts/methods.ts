import { z } from 'zod'
import type { Authorize, Principal } from '../../bus/principal.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { encodeFrame } from '../../event/frame.js'
import { encode } from '../../event/index.js'
import { formatTime } from '../../event/position.js'
import type { Runtime } from '../../event/runtime.js'
import { LongWork } from '../../incremental/long-work.js'
import type { AlertInfo, SilenceInfo } from '../../methods/contract/index.js'
import { type Method, method } from '../../methods/method.js'
import { RESOLVE_TAG, SILENCE_TAG, tagOfAlert, UNSILENCE_TAG } from './alert.js'
import type { Matchable } from './alert-test.js'
import { type KnownAlert, type KnownAlerts, matchable, silencedBy } from './known-alerts.js'
import * as results from './results.js'
import { MAX_MATCHERS, MAX_SILENCES } from './silence.js'

/** The alerts of a hub as methods see them. */
export interface AlertsControl {
  alerts(): Promise<KnownAlerts>
  /** The names of the sinks that are notified of such an alert. */
  sinksOf(alert: Matchable): readonly string[]
  /** Publishes an event of the hub, and resolves when it is stored. Throws TCN_RULE_WAITS. */
  publish(event: { tag: string; data: unknown }): Promise<void>
}

export interface AlertMethodContext {
  rules: AlertsControl
  authorize: Authorize
  runtime: Runtime
}

const MAX_LISTED = 1000
const DAY = 86_400_000_000
const LONGEST_SILENCE = 30 * DAY

const why = z.string().max(1000)
const glob = z.string().min(1).max(256)

export function alertMethods(context: AlertMethodContext): Method[] {
  return [listMethod(context), silenceMethod(context), unsilenceMethod(context), resolveMethod(context)]
}

function listMethod({ rules, authorize, runtime }: AlertMethodContext): Method {
  const lists = new LongWork(runtime, { isSmall: true, face: 'method', what: 'list of alerts' })
  return method({
    name: 'alerts.list',
    summary: 'Lists the alerts that fire, the worst and oldest first, and the silences.',
    notes: 'Only alerts whose events the caller may see.',
    right: 'see',
    params: z.object({
      all: z.boolean().default(false).describe('Also those that are silenced. Default: false.'),
      limit: z.int().min(1).max(MAX_LISTED).default(MAX_LISTED),
    }),
    result: results.alertList,
    async run({ principal }, { all, limit }) {
      const { alerts, silences } = await rules.alerts()
      const mayMonitor = authorize(principal, 'monitor')
      const visible = visibleTo(principal, authorize)
      const isSilenced = silencedBy(silences, runtime.now())
      const steps = listSteps(
        alerts.filter(({ rule }) => visible(rule)),
        { all, limit },
        (known) => ({
          ...(mayMonitor && { sinks: [...rules.sinksOf(matchable(known))] }),
          ...(isSilenced(known) && { silenced: true }),
        }),
      )
      const found = await lists.run(principal.name, steps)
      return {
        alerts: found.slice(0, limit),
        silences: mayMonitor ? [...silences] : [],
        more: found.length > limit,
      }
    },
  })
}

/** A step for each alert, which many silences may cover. Ends with one more than the limit. */
function* listSteps(
  alerts: readonly KnownAlert[],
  { all, limit }: { all: boolean; limit: number },
  noticesOf: (known: KnownAlert) => Pick<AlertInfo, 'sinks' | 'silenced'>,
): Generator<undefined, AlertInfo[]> {
  const found: AlertInfo[] = []
  for (const known of alerts) {
    const notices = noticesOf(known)
    if (all || notices.silenced !== true) found.push({ ...infoOf(known), ...notices })
    if (found.length > limit) break
    yield
  }
  return found
}

function silenceMethod(context: AlertMethodContext): Method {
  const { rules, runtime } = context
  return method({
    name: 'alerts.silence',
    summary: 'Keeps alerts from sinks until a time. They begin and end all the same.',
    notes: 'When it ends, sinks hear of those that fire still.',
    right: 'admin',
    params: z.object({
      matchers: z
        .record(z.string().min(1).max(64), glob)
        .refine((all) => Object.keys(all).length >= 1 && Object.keys(all).length <= MAX_MATCHERS, {
          error: `must have 1 to ${MAX_MATCHERS} names`,
        })
        .describe('Globs by names: `rule`, `key`, `severity`, or a label. All must match.'),
      from: z.int().min(0).optional().describe('µs since the epoch. Default: now.'),
      until: z.int().min(0).describe('µs since the epoch.'),
      why: why.min(1),
      force: z.boolean().default(false).describe('Allows one of more than 30 days. Default: false.'),
    }),
    result: results.silenced,
    changes: ({ matchers, until, why }, result) => ({ matchers, until, why, id: idOf(result) }),
    async run({ principal }, { matchers, from = runtime.now(), until, why, force }) {
      const { silences } = await rules.alerts()
      checkTimes(from, until, runtime.now(), force)
      if (silences.length >= MAX_SILENCES) throw impossible(`there are ${MAX_SILENCES} silences already`)
      const id = Buffer.from(runtime.random(4)).toString('hex')
      const silence: SilenceInfo = { id, matchers, from, until, by: principal.name, why }
      await rules.publish({ tag: SILENCE_TAG, data: silence })
      return { silence }
    },
  })
}

function unsilenceMethod({ rules }: AlertMethodContext): Method {
  return method({
    name: 'alerts.unsilence',
    summary: 'Ends a silence. Sinks hear of the alerts that fire still.',
    right: 'admin',
    params: z.object({ id: z.string().max(64) }),
    result: results.unsilenced,
    changes: ({ id }) => ({ id }),
    async run({ principal }, { id }) {
      const { silences } = await rules.alerts()
      const silence = silences.find((each) => each.id === id)
      if (silence === undefined) throw new TocsinError('TCN_ALERT_UNKNOWN', `there is no silence ${id}`)
      await rules.publish({ tag: UNSILENCE_TAG, data: { id, by: principal.name } })
      return { silence }
    },
  })
}

function resolveMethod({ rules }: AlertMethodContext): Method {
  return method({
    name: 'alerts.resolve',
    summary: 'Ends an alert by hand. It begins again with the next event that matches.',
    right: 'admin',
    params: z.object({ key: z.string().max(64), why: why.optional() }),
    result: results.resolved,
    changes: ({ key, why }) => ({ key, why }),
    async run({ principal }, { key, why }) {
      const { alerts } = await rules.alerts()
      const found = alerts.find(({ alert }) => alert.key === key)
      if (found === undefined) throw new TocsinError('TCN_ALERT_UNKNOWN', `no alert ${key} fires`)
      const data = { rule: found.rule, key, by: principal.name, ...(why !== undefined && { why }) }
      await rules.publish({ tag: RESOLVE_TAG, data })
      return { alert: infoOf(found) }
    },
  })
}

/** Returns a test for rules: whether the principal may see the events about their alerts. */
function visibleTo(principal: Principal, authorize: Authorize): (rule: string) => boolean {
  const matcher = authorize(principal, 'see')
  const known = new Map<string, boolean>()
  return (rule) => {
    const isVisible =
      known.get(rule) ??
      matcher.matches(encodeFrame({ tag: tagOfAlert(rule, 'firing'), source: 'hub/', body: encode({}) }), 0)
    known.set(rule, isVisible)
    return isVisible
  }
}

function checkTimes(from: number, until: number, now: number, force: boolean): void {
  if (until <= now || until <= from) throw impossible(`it would end at ${formatTime(until)}, which is over`)
  if (until - from > LONGEST_SILENCE && !force) throw impossible('it would last more than 30 days')
}

function impossible(reason: string): TocsinError {
  return new TocsinError('TCN_ALERT_SILENCE', reason)
}

function idOf(result: { silence: SilenceInfo } | undefined): string | undefined {
  return result?.silence.id
}

function infoOf({ rule, severity, alert }: KnownAlert): AlertInfo {
  const { key, summary, link, labels, start, last, count, firstCause, lastCause, state } = alert
  return {
    ...{ key, rule, severity, summary, labels, start, last, count, first: firstCause, cause: lastCause },
    ...(link !== undefined && { link }),
    ...(state === 'held' && { held: true }),
  }
}
