import { hostname } from 'node:os'
import type { BusApi, HubPublisher, OwnEvent } from '../bus/api.js'
import type { Principal } from '../bus/principal.js'
import type { Sink } from '../bus/sink.js'
import type { Runtime } from '../event/runtime.js'
import type { Hooks } from '../protocols/webhook/hooks.js'
import type { PositionStore, SourceHost, SourceSink } from '../sources/source.js'
import type { Bucket, StateStore } from '../state/state-store.js'
import type { HubLog } from './hub-log.js'
import { writeLine } from './log-lines.js'

/**
 * Returns the interface of the hub for sources. Sources that forward events read them as `reader`. `member`: the name of
 * the hub among those that share the log; their sources may have the same names, and count their events apart.
 */
export function sourceHost(
  bus: BusApi & HubPublisher & { readonly closing: boolean },
  hubLog: HubLog,
  state: StateStore,
  runtime: Runtime,
  hooks: Hooks,
  reader: Principal,
  member?: string,
): SourceHost {
  return {
    hostname: hostname(),
    runtime,
    hooks,
    publish(event) {
      if (bus.suspended || !bus.emit(countedBy(member, event))) return false
      writeLine(hubLog, event)
      return true
    },
    settled: () => bus.settled(),
    positions: positionStore(state.bucket('sources')),
    get epoch() {
      return bus.epoch
    },
    get last() {
      return bus.last
    },
    get largestFrame() {
      return bus.largestFrame
    },
    publishFrames: (frames, count) => bus.emitFrames(frames, count),
    subscribe: (request, sink) =>
      bus.subscribe(
        reader,
        request,
        toSink(sink, () => bus.closing),
      ),
  }
}

function countedBy(member: string | undefined, event: OwnEvent): OwnEvent {
  const { counter } = event
  if (member === undefined || counter === undefined) return event
  return { ...event, counter: { ...counter, stream: `${member}:${counter.stream}` } }
}

/** A source whose position is damaged begins without one; the state store has reported the damage. */
function positionStore(bucket: Bucket): PositionStore {
  return {
    get: (key) =>
      bucket.get(key).catch((thrown) => (bucket.damaged.has(key) ? undefined : Promise.reject(thrown))),
    put: (key, value) => bucket.put(key, value),
  }
}

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
