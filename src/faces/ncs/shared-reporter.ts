import type { Principal } from '../../bus/principal.js'
import type { ObservedHub } from '../../observers/observed-hub.js'
import { Reporter } from './reporter.js'

/** The share of one listener in the reporter of its hub. */
export interface ReporterShare {
  /** Reports these also while nobody reads them. */
  keep(names: readonly string[]): void
  /** Called when the listener closes while the hub goes on. */
  leave(): void
  /** Called when the hub stops. */
  stop(): void
}

interface Shared {
  reporter: Reporter
  started: Promise<void>
  users: number
}

const shared = new WeakMap<ObservedHub['bus'], Shared>()

/** All listeners of a hub share one reporter, since every notification is published once. It ends with the last. */
export async function shareReporter(host: ObservedHub, principal: Principal): Promise<ReporterShare> {
  const { bus } = host
  const all = shared.get(bus) ?? begin(host, principal)
  shared.set(bus, all)
  all.users++
  await all.started.catch((thrown) => {
    shared.delete(bus)
    throw thrown
  })
  const end = (how: 'close' | 'stop') => {
    if (shared.get(bus) === all && (how === 'stop' || --all.users === 0)) {
      shared.delete(bus)
      all.reporter[how]()
    }
  }
  return {
    keep: (names) => all.reporter.keep(names),
    leave: () => end('close'),
    stop: () => end('stop'),
  }
}

function begin(host: ObservedHub, principal: Principal): Shared {
  const reporter = new Reporter(host)
  return { reporter, started: reporter.start(principal), users: 0 }
}
