import { timeFrom } from '../../bus/scan.js'
import { withTimeout } from '../../event/runtime.js'
import type { Headline } from '../contract/index.js'
import { diskOf } from '../disk.js'
import type { StatusContext } from '../hub.js'
import { eventsToSettle } from '../lag.js'
import type { FiringAlerts, HostTrouble, LateConsumers } from './facts.js'
import { headlineOf } from './headline.js'

/** Age of the first event that a consumer has not settled from which it counts as late, µs. */
const LATE = 60e6
/** Time for an answer of servers that keep the log, ms. Without one, no consumer is called late. */
const ANSWER_MS = 250
/** Callers within this time get the same headline, ms. */
const KEPT_MS = 2000

export interface HeadlineContext
  extends Pick<
    StatusContext,
    'bus' | 'runtime' | 'data' | 'cluster' | 'faults' | 'damage' | 'sources' | 'edges' | 'sinks' | 'rules'
  > {
  readonly hosts: { readonly trouble: HostTrouble }
  firing(): Promise<FiringAlerts>
}

/** Returns a function that makes the headline of a hub. One look serves all callers of about the same time. */
export function headlines(context: HeadlineContext): () => Promise<Headline> {
  const { runtime } = context
  let latest: { until: number; headline: Promise<Headline> } | undefined
  return () => {
    const now = runtime.monotonic()
    if (latest === undefined || now >= latest.until)
      latest = { until: now + KEPT_MS, headline: look(context) }
    return latest.headline
  }
}

async function look(context: HeadlineContext): Promise<Headline> {
  const { bus, runtime, cluster, hosts } = context
  const sinks = context.sinks.list()
  const ill = new Set(sinks.filter(({ state }) => state !== 'up').map(({ consumer }) => consumer))
  const [disk, late, alerts] = await Promise.all([
    diskOf(context.data),
    lateConsumers(context, ill),
    context.firing(),
  ])
  const { fault } = bus.log.stats
  return headlineOf({
    ...{ now: runtime.now(), disk, late, alerts, logFault: fault?.message, isSuspended: bus.suspended },
    ...{ hosts: hosts.trouble, cluster: cluster?.status(), parked: bus.consumers.parkedCount },
    ...{ faults: context.faults(), damage: context.damage(), sources: context.sources() },
    ...{ edges: context.edges.list(), sinks, rules: context.rules.list() },
  })
}

const NONE: LateConsumers = { count: 0, first: undefined }

/** Reads the log twice, for any number of consumers. `others`: consumers of which another part of the headline tells. */
export async function lateConsumers(
  { bus, runtime }: Pick<HeadlineContext, 'bus' | 'runtime'>,
  others: ReadonlySet<string> = new Set(),
): Promise<LateConsumers> {
  const { log } = bus
  const waiting = [...bus.consumers.all()]
    .filter((consumer) => !others.has(consumer.name) && eventsToSettle(bus, consumer) > 0)
    .map(({ name, settledUpTo }) => ({ name, next: Math.max(settledUpTo + 1, log.first) }))
    .sort((one, other) => one.next - other.next)
  if (waiting.length === 0) return NONE
  const [{ name, next }] = waiting
  const asked = Promise.all([log.seek(runtime.now() - LATE), timeFrom(log, next)])
  const [recent, since] = await withTimeout(runtime, ANSWER_MS, asked).catch(() => [0, undefined] as const)
  const count = waiting.filter((each) => each.next < recent).length
  return count === 0 || since === undefined ? NONE : { count, first: { name, since } }
}
