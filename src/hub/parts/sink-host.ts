import { hostname } from 'node:os'
import { type Access, ADMIN } from '../../access/index.js'
import type { Bus } from '../../bus/bus.js'
import type { Principal } from '../../bus/principal.js'
import type { Piece, Sink } from '../../bus/sink.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import { decode, encode } from '../../event/index.js'
import type { Runtime } from '../../event/runtime.js'
import type { FilterInput } from '../../filter/index.js'
import { LongWork } from '../../incremental/long-work.js'
import type { EventView, HubMetrics, SinkDefinition } from '../../sinks/sink.js'
import { consumerOf } from '../../sinks/sink.js'
import type { SinkHost, SinkMember, SinkReceiver } from '../../sinks/sink-host.js'
import { readable } from '../../state/readable.js'
import type { Bucket, StateEntry, StateStore } from '../../state/state-store.js'
import { cloudEventView } from '../../types/cloudevent-view.js'
import { compileDisplay, type Display } from '../../types/display.js'
import type { TypeRegistry } from '../../types/index.js'
import { version } from '../version.js'

type Report = (event: { tag: string; data: unknown }) => boolean

export interface SinkHostParts {
  bus: Bus
  access: Access
  types: TypeRegistry
  runtime: Runtime
  state: StateStore
  report: Report
  metrics: () => Promise<HubMetrics>
}

/** Returns the interface of the hub for sinks, which read events as its owner. */
export function sinkHost({ bus, access, types, runtime, state, report, metrics }: SinkHostParts): SinkHost {
  const bucket = state.bucket('sinks')
  const reader = access.principal(ADMIN)
  return {
    runtime,
    longWork: new LongWork(runtime, { face: 'sink', what: 'delivery' }),
    view: eventView(bus, types),
    metrics,
    publish: (event) => !bus.suspended && report(event),
    cursorOf: (event) => event.cursorIn(bus.epoch),
    paused: async (name) => {
      const entry = await readable(bucket, name)
      return entry ? reasonIn(bucket, entry) : bucket.damaged.has(name) ? UNREADABLE : undefined
    },
    setPaused: async (name, reason) => {
      await (reason === undefined ? bucket.delete(name) : bucket.put(name, encode(reason)))
    },
    join: (definition, receiver) => join(bus, reader, definition, receiver),
  }
}

const UNREADABLE = 'it was paused, and the record of that is damaged'

/** A pause whose reason cannot be read is reported, and is one all the same: a person has paused the sink. */
function reasonIn(bucket: Bucket, { key, value }: StateEntry): string {
  try {
    const reason = decode(value)
    if (typeof reason === 'string') return reason
    throw new Error('the reason of a pause is not text')
  } catch (thrown) {
    bucket.reportDamage(key, thrown)
    return UNREADABLE
  }
}

async function join(
  bus: Bus,
  reader: Principal,
  { name, filter, from }: SinkDefinition,
  receiver: SinkReceiver,
): Promise<SinkMember> {
  const consumer = consumerOf(name)
  await followFilter(bus, reader, consumer, filter)
  const member = await bus.subscribe(
    reader,
    { consumer, filters: filter as never, from, label: `sink ${name}`, inOrder: true, otherwise: 'start' },
    toSink(receiver),
  )
  return {
    ack: (seqs, result, parking) => member.ack(seqs, result, { ...parking }),
    drained: () => member.drained(),
    close: () => member.close(),
  }
}

/** A sink whose filter has changed continues at its position. */
async function followFilter(
  { consumers }: Bus,
  reader: Principal,
  name: string,
  filter: FilterInput | undefined,
): Promise<void> {
  await consumers.changeFilter(reader, name, filter as never).catch((error) => {
    if (!TocsinError.is(error, 'TCN_CONSUMER_UNKNOWN')) throw error
  })
}

function toSink(receiver: SinkReceiver): Sink {
  return {
    get pending() {
      return receiver.pending
    },
    write: (pieces: readonly Piece[]) => receiver.write(pieces as readonly Uint8Array[]),
    status(status) {
      if (status.type === 'gap') receiver.gap(status.reason)
    },
    end: ({ code, message }) =>
      receiver.end(code === 'STOP' || code === 'END' ? undefined : new TocsinError(code, message)),
  }
}

/** Types may be replaced while the hub runs, so that their displays are known by their text. */
function eventView(bus: Bus, types: TypeRegistry): EventView {
  const displays = new Map<string, Display>()
  return {
    ...cloudEventView(bus, types),
    hostname: hostname(),
    version,
    displayOf(type) {
      const text = types.get(type)?.display
      if (text === undefined) return undefined
      const display = displays.get(text) ?? compileDisplay(text)
      displays.set(text, display)
      return display
    },
  }
}
