import { z } from 'zod'
import { type ParkedEvent, ParkedEvents } from '../bus/consumers/parked-events.js'
import { formatParkedId } from '../bus/consumers/parked-store.js'
import { visibleTo } from '../bus/visible-events.js'
import { formatCursor } from '../event/cursor.js'
import { Event } from '../event/index.js'
import type { ParkedInfo } from './contract/index.js'
import { type Call, type Method, method } from './method.js'
import type { BusMethodContext } from './query.js'
import * as results from './results/consumers.js'

const MAX_PARKED_PER_CALL = 1000
const id = z.string().max(256)
const choices = z
  .union([
    z.strictObject({ ids: z.array(id).min(1).max(MAX_PARKED_PER_CALL) }),
    z.strictObject({ consumer: z.string() }),
  ])
  .meta({ id: 'ParkedChoice', description: 'Selects parked events by id, or all of one consumer.' })

export function parkedMethods(context: BusMethodContext): Method[] {
  const { bus } = context
  const parked = ({ principal }: Call) =>
    new ParkedEvents(bus.consumers, principal, visibleTo(context.authorize, principal))
  return [
    method({
      name: 'parked.list',
      summary: 'Lists the events that durable consumers could not process, by consumer and position.',
      right: 'consume',
      params: z.object({
        consumer: z.string().optional(),
        after: id.optional(),
        limit: z.number().int().min(1).max(MAX_PARKED_PER_CALL).default(100),
      }),
      result: results.parkedList,
      async run(call, { consumer, after, limit }) {
        const found: ParkedInfo[] = []
        for await (const event of parked(call).list(consumer, after)) {
          if (found.length === limit) return { parked: found, more: true }
          found.push(describe(event))
        }
        return { parked: found, more: false }
      },
    }),
    method({
      name: 'parked.get',
      summary: 'Returns one parked event with its payload, as a frame.',
      right: 'consume',
      params: z.object({ id }),
      result: results.parkedEvent,
      async run(call, params) {
        const event = await parked(call).get(params.id)
        return { ...describe(event), frame: event.frame }
      },
    }),
    method({
      name: 'parked.redeliver',
      summary: 'Delivers parked events to their consumer again; they stay parked until acknowledged.',
      notes: 'At most 10,000 wait at once, the rest stays parked.',
      right: 'consume',
      params: choices,
      result: results.parkedCount,
      changes: changedEvents,
      run: async (call, params) => ({ count: await parked(call).redeliver(params, bus.epoch) }),
    }),
    method({
      name: 'parked.delete',
      summary: 'Removes parked events.',
      right: 'consume',
      params: choices,
      result: results.parkedCount,
      changes: changedEvents,
      run: async (call, params) => ({ count: await parked(call).delete(params) }),
    }),
  ]
}

/** Ids begin with the name of their consumer; the first of them says enough. */
function changedEvents(choice: z.output<typeof choices>, result?: { count: number }) {
  const chosen = 'consumer' in choice ? { consumer: choice.consumer } : { id: choice.ids[0] }
  return { ...chosen, events: result?.count }
}

function describe({ ref, record, frame }: ParkedEvent): ParkedInfo {
  const { tag, source, time } = new Event(frame)
  const { tries, reason, parkedAt, reparkedFrom } = record
  return {
    id: formatParkedId(ref),
    consumer: ref.consumer,
    cursor: formatCursor(ref.epoch, ref.seq),
    tag,
    source,
    time,
    tries,
    reason,
    parkedAt,
    reparkedFrom,
  }
}
