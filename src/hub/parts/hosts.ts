import { hostname } from 'node:os'
import type { Bus } from '../../bus/bus.js'
import type { Runtime } from '../../event/runtime.js'
import { tagSegment } from '../../event/tag.js'
import { Hosts } from '../../hosts/hosts.js'
import { kindsOf } from '../../hosts/sight.js'
import type { StateStore } from '../../state/state-store.js'
import { hubTypes } from '../../types/hub-types.js'
import type { TypeRegistry } from '../../types/registry.js'
import type { Report } from '../assembly/own-events.js'
import { nameOf } from '../cluster/hub-cluster.js'
import type { HubConfig } from '../config/keys.js'
import { eventTypes } from '../event-types.js'

interface HostsParts {
  readonly bus: Bus
  readonly state: StateStore
  readonly types: TypeRegistry
  readonly config: HubConfig
  readonly runtime: Runtime
  readonly report: Report
  isPrimary(): boolean
}

/** Returns the hosts that speak in the log of the hub. */
export function hostsOf({ bus, state, types, config, runtime, report, isPrimary }: HostsParts): Hosts {
  return new Hosts(
    {
      runtime,
      log: bus.log,
      types,
      kinds: kindsOf([...hubTypes, ...eventTypes.flat()]),
      bucket: state.bucket('hosts'),
      own: [tagSegment(nameOf(config)), tagSegment(hostname())],
      get isPrimary() {
        return isPrimary()
      },
      get isDeaf() {
        return bus.suspended || bus.fault !== undefined
      },
      report: (event) => !bus.suspended && report(event),
    },
    config.hosts,
  )
}
