import { hostname } from 'node:os'
import type { BusApi, HubPublisher, OwnEvent, OwnGates } from '../../bus/api.js'
import type { ParkedStore } from '../../bus/consumers/parked-store.js'
import type { Principal } from '../../bus/principal.js'
import type { Sink } from '../../bus/sink.js'
import type { Runtime } from '../../event/runtime.js'
import { LongWork } from '../../incremental/long-work.js'
import type { EventLog } from '../../log/event-log.js'
import { numbersAfter } from '../../log/numbers-after.js'
import type { CallHome } from '../../protocols/transport/call-home.js'
import type { Hooks } from '../../protocols/webhook/hooks.js'
import type { MethodCalls } from '../../sources/method-calls.js'
import type {
  GatedEvent,
  OnceSources,
  ParkedItem,
  PositionStore,
  SourceHost,
  SourceSink,
} from '../../sources/source.js'
import { readable } from '../../state/readable.js'
import type { Bucket, StateStore } from '../../state/state-store.js'
import type { HubLog } from '../own-log/hub-log.js'
import { writeLine } from '../own-log/log-lines.js'

/** Items of one source. */
const MAX_PARKED = 1_000
/** Stands for the log in the ids of what is in none. */
const NO_LOG = 'item'

/** This hub among those that share the log. */
export interface SharingMember {
  name: string
  /** Name of the log. */
  log: string
  isPrimary(): boolean
  /** Name of the primary, if this hub knows of one. */
  primary(): string | undefined
}

/** The parts through which sources and faces meet. */
export interface MeetingPlaces {
  readonly hooks: Hooks
  readonly callHome: CallHome
}

/**
 * Returns the interface of the hub for sources. Sources that forward events read them as `reader`. Sources of several
 * hubs that share the log, which may have the same names, count their events apart, except for those that run once.
 */
export function sourceHost(
  bus: SourceBus,
  hubLog: HubLog,
  state: StateStore,
  runtime: Runtime,
  places: MeetingPlaces,
  reader: Principal,
  calls: MethodCalls,
  member?: SharingMember,
): SourceHost {
  const longWork = new LongWork(runtime, { face: 'source', what: 'input' })
  const parts = { bus, hubLog, runtime, places, reader, calls, longWork }
  const once = member && {
    host: hostOf(parts, sharedPositions(state.bucket('sharedSources'))),
    log: member.log,
    get isPrimary() {
      return member.isPrimary()
    },
    get primary() {
      return member.primary()
    },
  }
  return hostOf(parts, positionStore(state.bucket('sources')), member?.name, once)
}

type SourceBus = BusApi &
  HubPublisher & {
    readonly closing: boolean
    readonly gates: Pick<OwnGates, 'publish'>
    readonly log: Pick<EventLog, 'first' | 'last' | 'lost'>
    readonly consumers: { readonly parked: Pick<ParkedStore, 'countOf' | 'put'> }
  }

interface HostParts {
  bus: SourceBus
  hubLog: HubLog
  runtime: Runtime
  places: MeetingPlaces
  reader: Principal
  calls: MethodCalls
  longWork: LongWork
}

function hostOf(
  { bus, hubLog, runtime, places, reader, calls, longWork }: HostParts,
  positions: PositionStore,
  member?: string,
  once?: OnceSources,
): SourceHost {
  return {
    once,
    hostname: hostname(),
    ...{ runtime, ...places, longWork, calls },
    publish(event) {
      if (bus.suspended || !bus.emitSoon(countedBy(member, event))) return false
      writeLine(hubLog, event)
      return true
    },
    settled: () => bus.settled(),
    flushed: (seq) => bus.flushed(seq),
    flushedTo: () => bus.flushedTo,
    positions,
    park: (source, item) => park(bus, runtime, source, item),
    get epoch() {
      return bus.epoch
    },
    get last() {
      return bus.last
    },
    numbersAfter: (seq) => numbersAfter(bus.log, seq),
    get largestFrame() {
      return bus.largestFrame
    },
    publishFrames: (frames, count) => bus.emitFrames(frames, count),
    publishAtGate: (...given) => publishAtGate(bus, ...given),
    subscribe: (request, sink) =>
      bus.subscribe(
        reader,
        request,
        toSink(sink, () => bus.closing),
      ),
  }
}

function publishAtGate(bus: SourceBus, event: GatedEvent, gate: string, deadline: number) {
  if (bus.suspended) return undefined
  return bus.gates.publish(event, gate, undefined, deadline).then(({ seq }) => seq > 0)
}

/** A parked item is found under the name of the source, as events are under that of their consumer. */
async function park(bus: SourceBus, runtime: Runtime, source: string, item: ParkedItem): Promise<void> {
  const { seq, isStored, frame, tries, reason } = item
  const { parked } = bus.consumers
  const consumer = `source.${source.replaceAll('/', '.')}`
  if (parked.countOf(consumer) >= MAX_PARKED) throw new Error(`${MAX_PARKED} are parked already`)
  const ref = { consumer, epoch: isStored ? bus.epoch : NO_LOG, seq }
  await parked.put(ref, { tries, reason, parkedAt: runtime.now() }, frame)
}

function countedBy(member: string | undefined, event: OwnEvent): OwnEvent {
  const { counter } = event
  if (member === undefined || counter === undefined) return event
  return { ...event, counter: { ...counter, stream: `${member}:${counter.stream}` } }
}

/** A source whose position is damaged begins without one; the state store has reported the damage. */
function positionStore(bucket: Bucket): PositionStore {
  return {
    get: (key) => readable(bucket, key),
    put: (key, value) => bucket.put(key, value),
    reportDamage: (key, why) => bucket.reportDamage(key, why),
  }
}

/** Positions of all hubs. The hub that has read one last writes it; what another hub writes after that is refused. */
function sharedPositions(bucket: Bucket): PositionStore {
  const revisions = new Map<string, number>()
  const write = async (key: string, value: Uint8Array, revision: number) => {
    const isDamaged = bucket.damaged.has(key)
    revisions.set(
      key,
      await (isDamaged ? bucket.put(key, value) : bucket.compareAndSet(key, value, revision)),
    )
  }
  return {
    async get(key) {
      const entry = await readable(bucket, key)
      await write(key, entry?.value ?? noPosition, entry?.revision ?? 0)
      return entry
    },
    reportDamage: (key, why) => bucket.reportDamage(key, why),
    put: async (key, value) => {
      await write(key, value, revisions.get(key) ?? (await readable(bucket, key))?.revision ?? 0)
    },
  }
}

const noPosition = Buffer.from('{}')

function toSink(sink: SourceSink, isClosing: () => boolean): Sink {
  return {
    get pending() {
      return sink.pending
    },
    keepsNothing: sink.keepsNothing,
    write: (pieces) => sink.write(pieces as readonly Uint8Array[]),
    status(status) {
      if (status.type === 'gap') sink.gap(status.reason, status.from, status.to, status.next)
      else if (status.type === 'live' && sink.live !== undefined) sink.live(status.seq)
      else if (status.type !== 'gate') sink.position(status.seq)
    },
    end: ({ code, message }) => sink.end(code === 'STOP' && isClosing() ? undefined : new Error(message)),
  }
}
