import { hostname } from 'node:os'
import type { Bus } from '../bus/bus.js'
import type { Runtime } from '../event/runtime.js'
import type { SourceHost } from '../sources/source.js'
import type { StateStore } from '../state/state-store.js'

/** What sources see of the hub. */
export function sourceHost(bus: Bus, state: StateStore, runtime: Runtime): SourceHost {
  return {
    hostname: hostname(),
    runtime,
    publish: (event) => !bus.suspended && bus.emit(event),
    settled: () => (bus.durable ? bus.log.durable(bus.log.last) : Promise.resolve()),
    positions: state.bucket('sources'),
  }
}
