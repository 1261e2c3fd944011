import type { CompileOptions } from '../../filter/index.js'
import type { Bus } from '../bus.js'
import type { Authorize, Principal } from '../principal.js'
import type { ScanWork } from '../scan.js'

/** What the methods of the bus work on. */
export interface BusMethodContext extends CompileOptions {
  bus: Bus
  authorize: Authorize
}

/** Bytes of events that one call may look at. */
const WORK = 256 * 1024 * 1024

export function work(context: BusMethodContext, signal: AbortSignal, bytes = WORK): ScanWork {
  return { bytes, signal, budget: (used) => context.bus.budget(used) }
}

export function seen(context: BusMethodContext, principal: Principal) {
  return context.authorize(principal, 'see')
}
