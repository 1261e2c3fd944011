import { hostname } from 'node:os'
import type { BusApi, HubPublisher } from '../bus/api.js'
import type { Principal } from '../bus/principal.js'
import type { Sink } from '../bus/sink.js'
import type { Runtime } from '../event/runtime.js'
import type { PositionStore, SourceHost, SourceSink } from '../sources/source.js'
import type { Bucket, StateStore } from '../state/state-store.js'
import type { HubLog } from './hub-log.js'
import { writeLine } from './log-lines.js'

/** Returns the interface of the hub for sources. Sources that forward events read them as `reader`. */
export function sourceHost(
  bus: BusApi & HubPublisher,
  hubLog: HubLog,
  state: StateStore,
  runtime: Runtime,
  reader: Principal,
): SourceHost {
  return {
    hostname: hostname(),
    runtime,
    publish(event) {
      if (bus.suspended || !bus.emit(event)) return false
      writeLine(hubLog, event)
      return true
    },
    settled: () => bus.settled(),
    positions: positionStore(state.bucket('sources')),
    epoch: bus.epoch,
    get largestFrame() {
      return bus.largestFrame
    },
    publishFrames: (frames, count) => bus.emitFrames(frames, count),
    subscribe: (request, sink) => bus.subscribe(reader, request, toSink(sink)),
  }
}

/** A source whose position is damaged begins without one; the state store has reported the damage. */
function positionStore(bucket: Bucket): PositionStore {
  return {
    get: (key) =>
      bucket.get(key).catch((thrown) => (bucket.damaged.has(key) ? undefined : Promise.reject(thrown))),
    put: (key, value) => bucket.put(key, value),
  }
}

function toSink(sink: SourceSink): Sink {
  return {
    get pending() {
      return sink.pending
    },
    write: (pieces) => sink.write(pieces as readonly Uint8Array[]),
    status(status) {
      if (status.type === 'gap') sink.gap(status.reason)
      else if (status.type !== 'gate') sink.position(status.seq)
    },
    end: ({ code, message }) => sink.end(code === 'STOP' ? undefined : new Error(message)),
  }
}
