import { z } from 'zod'
import type { Consumer } from '../bus/consumers/consumer.js'
import { resolveStart } from '../bus/resolve-position.js'
import { type ScanRange, scan } from '../bus/scan.js'
import { visibleMatch } from '../bus/visible-events.js'
import { formatCursor } from '../event/cursor.js'
import { frameSeq } from '../event/frame.js'
import type { ConsumerDetail, ConsumerInfo, SeekReport } from './contract/index.js'
import { lagOf } from './lag.js'
import { type Call, type Method, method } from './method.js'
import { type BusMethodContext, filters, nextTurn, viewOf, work } from './query.js'
import * as results from './results/consumers.js'

const MAX_UNACKNOWLEDGED = 100
const name = z.string()

export function consumerMethods(context: BusMethodContext): Method[] {
  const { consumers } = context.bus
  return [
    method({
      name: 'consumers.list',
      summary: 'Lists the durable consumers with their positions and unacknowledged events.',
      right: 'consume',
      params: z.object({}),
      result: results.consumers,
      async run(call) {
        const described: ConsumerInfo[] = []
        for (const consumer of consumers.list(call.principal)) {
          await nextTurn(context, call)
          described.push(await describe(context, consumer))
        }
        return { consumers: described }
      },
    }),
    method({
      name: 'consumers.get',
      summary: 'Returns one durable consumer with its unacknowledged events.',
      right: 'consume',
      params: z.object({ name }),
      result: results.consumerDetail,
      run: ({ principal }, params) => describeInDetail(context, consumers.get(principal, params.name)),
    }),
    method({
      name: 'consumers.create',
      summary: 'Creates a durable consumer; an existing one that is equal is left unchanged.',
      right: 'consume',
      params: z.object({
        name,
        filters: filters.optional(),
        from: z.string().optional().describe('Default: it begins with the next event.'),
      }),
      result: results.consumer,
      async run({ principal, face, address, usid, program }, params) {
        return describe(context, await consumers.create(principal, params, { face, address, usid, program }))
      },
    }),
    method({
      name: 'consumers.delete',
      summary: 'Removes a durable consumer with its position and its parked events.',
      right: 'consume',
      params: z.object({ name }),
      result: results.deletedConsumer,
      async run({ principal }, params) {
        return { name: params.name, parked: await consumers.delete(principal, params.name) }
      },
      changes: ({ name }, result) => ({ name, parked: result?.parked }),
    }),
    method({
      name: 'consumers.seek',
      summary: 'Moves a durable consumer to another position, or reports what that would deliver.',
      right: 'consume',
      params: z.object({ name, to: z.string(), dryRun: z.boolean().default(false) }),
      result: results.seekReport,
      run: (call, params) => seek(context, call, consumers.get(call.principal, params.name), params),
      changes: ({ name, to, dryRun }, moved) =>
        dryRun ? undefined : { name, from: moved?.from, to: moved?.to ?? to },
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
  const found = await resolveStart(to, () => viewOf(context))
  const delivered = await count(context, call, consumer, { from: found.cursor + 1, to: bus.dispatched })
  const skipped = await countSkipped(context, call, consumer, found.cursor)
  const { epoch } = consumer
  const moved = dryRun
    ? { from: consumer.settledUpTo, to: found.cursor }
    : await bus.consumers.seek(call.principal, consumer.name, formatCursor(bus.epoch, found.cursor))
  return {
    name: consumer.name,
    from: formatCursor(epoch, moved.from),
    to: formatCursor(bus.epoch, moved.to),
    events: delivered.events,
    skipped: skipped.events,
    exact: delivered.exact && skipped.exact,
    dryRun,
  }
}

/** Counts the events up to the cursor that the consumer has not settled: it will not get them any more. */
async function countSkipped(
  context: BusMethodContext,
  call: Call,
  consumer: Consumer,
  cursor: number,
): Promise<{ events: number; exact: boolean }> {
  const { bus } = context
  if (consumer.epoch !== bus.epoch) return { events: 0, exact: true }
  const { taken } = consumer.progress
  // Parked events stay parked.
  const open = new Set(consumer.unsettled.filter(({ parked }) => parked === undefined).map(({ seq }) => seq))
  const range = { from: Math.max(consumer.settledUpTo + 1, bus.log.first), to: cursor }
  return count(context, call, consumer, range, (seq) => seq > taken || open.has(seq))
}

/** Counts only events that the caller may see: a total would reveal the existence of others. */
async function count(
  context: BusMethodContext,
  call: Call,
  consumer: Consumer,
  range: ScanRange,
  isWanted: (seq: number) => boolean = () => true,
): Promise<{ events: number; exact: boolean }> {
  const matcher = visibleMatch(context.authorize, call.principal, consumer.matcher)
  let events = 0
  const visit = (bytes: Uint8Array, at: number) => {
    if (isWanted(frameSeq(bytes, at))) events++
    return true
  }
  const { exact, damaged } = await scan(context.bus.log, range, matcher, work(context, call), visit)
  return { events, exact: exact && damaged.length === 0 }
}

/** Describes a consumer to a caller that may consume it, and so may know its filter and position. */
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
    hub: context.bus.consumers.servedBy(name)?.name,
  }
}

async function describeInDetail(context: BusMethodContext, consumer: Consumer): Promise<ConsumerDetail> {
  const { runtime } = context
  const now = runtime.now()
  const monotonic = runtime.monotonic()
  const unacknowledged = consumer.unsettled.slice(0, MAX_UNACKNOWLEDGED).map(({ seq, tries, due }) => ({
    cursor: formatCursor(consumer.epoch, seq),
    tries,
    due: Number.isFinite(due) ? Math.max(now, now + Math.round((due - monotonic) * 1000)) : undefined,
  }))
  return { ...(await describe(context, consumer)), unacknowledged }
}
