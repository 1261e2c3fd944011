import { z } from 'zod'
import { formatCursor } from '../../event/cursor.js'
import { frameTime } from '../../event/frame.js'
import { intersect } from '../../filter/intersect.js'
import type { Consumer } from '../consumers/consumer.js'
import type { ConsumerDetail, ConsumerInfo, SeekReport } from '../method-types.js'
import { type Call, type Method, method } from '../methods.js'
import { resolveStart } from '../range.js'
import { scan } from '../scan.js'
import { type BusMethodContext, seen, work } from './context.js'
import { filters } from './filters.js'
import { eventsBehind } from './lag.js'

const MOST_UNACKNOWLEDGED = 100
const name = z.string()

export function consumerMethods(context: BusMethodContext): Method[] {
  const { consumers } = context.bus
  return [
    method({
      name: 'consumers.list',
      summary: 'The durable consumers, with their positions and what waits.',
      right: 'consume',
      params: z.object({}),
      async run({ principal }) {
        const described: ConsumerInfo[] = []
        for (const consumer of consumers.list(principal)) described.push(await describe(context, consumer))
        return { consumers: described }
      },
    }),
    method({
      name: 'consumers.get',
      summary: 'One durable consumer, with what is not acknowledged.',
      right: 'consume',
      params: z.object({ name }),
      run: ({ principal }, params) => describeInDetail(context, consumers.get(principal, params.name)),
    }),
    method({
      name: 'consumers.create',
      summary: 'Makes a durable consumer; an equal one that exists is left as it is.',
      right: 'consume',
      params: z.object({ name, filters: filters.optional(), from: z.string().optional() }),
      async run({ principal }, params) {
        return describe(context, await consumers.create(principal, params))
      },
    }),
    method({
      name: 'consumers.delete',
      summary: 'Removes a durable consumer with its position and its parked events.',
      right: 'consume',
      params: z.object({ name }),
      async run({ principal }, params) {
        return { name: params.name, parked: await consumers.delete(principal, params.name) }
      },
    }),
    method({
      name: 'consumers.seek',
      summary: 'Moves a durable consumer to another position, or says what that would deliver.',
      right: 'consume',
      params: z.object({ name, to: z.string(), dryRun: z.boolean().default(false) }),
      run: (call, params) => seek(context, call, consumers.get(call.principal, params.name), params),
    }),
  ]
}

async function seek(
  context: BusMethodContext,
  call: Call,
  consumer: Consumer,
  { to, dryRun }: { to: string; dryRun: boolean },
): Promise<SeekReport> {
  const { bus } = context
  const view = { log: bus.log, flushed: bus.flushed, now: bus.now(), otherwise: 'now' as const }
  const found = await resolveStart(to, view)
  const count = await countAfter(context, call, consumer, found.cursor)
  const { epoch } = consumer
  const moved = dryRun
    ? { from: consumer.settledUpTo, to: found.cursor }
    : await consumer.seek(formatCursor(bus.epoch, found.cursor))
  return {
    name: consumer.name,
    from: formatCursor(epoch, moved.from),
    to: formatCursor(bus.epoch, moved.to),
    ...count,
    dryRun,
  }
}

/** Of the events that the caller may see: a count tells of the others too. */
async function countAfter(
  context: BusMethodContext,
  { principal, signal }: Call,
  consumer: Consumer,
  cursor: number,
): Promise<{ events: number; exact: boolean }> {
  const { bus } = context
  const matcher = intersect(consumer.matcher, seen(context, principal))
  const range = { from: cursor + 1, to: bus.flushed }
  const { matched, exact } = await scan(bus.log, range, matcher, work(context, signal), () => true)
  return { events: matched, exact }
}

/** For who may consume it: the filter is no secret of his, and positions tell no more than every cursor does. */
async function describe(context: BusMethodContext, consumer: Consumer): Promise<ConsumerInfo> {
  const { name, filter, epoch, created, connections, settledUpTo, unsettledCount } = consumer
  return {
    name,
    filter,
    cursor: formatCursor(epoch, settledUpTo),
    ...(await lagOf(context, consumer)),
    pending: unsettledCount,
    parked: context.bus.consumers.parked.countOf(name),
    connections,
    created,
  }
}

/** Between what is settled and the end; the age is that of the first event in it. */
export async function lagOf(
  { bus }: BusMethodContext,
  { epoch, settledUpTo }: Consumer,
): Promise<{ lagEvents: number; lagMicros: number }> {
  const lagEvents = epoch === bus.epoch ? eventsBehind(bus.log, settledUpTo, bus.flushed) : 0
  if (lagEvents === 0) return { lagEvents, lagMicros: 0 }
  for await (const { bytes } of bus.log.read(Math.max(settledUpTo + 1, bus.log.first), { events: 1 })) {
    return { lagEvents, lagMicros: Math.max(0, bus.now() - frameTime(bytes, 0)) }
  }
  return { lagEvents, lagMicros: 0 }
}

async function describeInDetail(context: BusMethodContext, consumer: Consumer): Promise<ConsumerDetail> {
  const { bus } = context
  const now = bus.now()
  const monotonic = bus.monotonic()
  const unacknowledged = consumer.unsettled.slice(0, MOST_UNACKNOWLEDGED).map(({ seq, tries, due }) => ({
    cursor: formatCursor(consumer.epoch, seq),
    tries,
    due: Number.isFinite(due) ? Math.max(now, now + Math.round((due - monotonic) * 1000)) : undefined,
  }))
  return { ...(await describe(context, consumer)), unacknowledged }
}
