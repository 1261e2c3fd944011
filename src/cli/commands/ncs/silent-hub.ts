import { TocsinError } from '../../../errors/tocsin-error.js'
import type { HubOptions } from '../../help/options.js'
import { ask } from '../../hub/connect.js'
import type { Io } from '../../io.js'

const ADVICE =
  'this hub publishes no notifications about itself: add `ncs: { listen: on }` to its configuration'

/** Says so if only other programs publish notifications at the hub, since nothing may come then. Never fails. */
export async function noteIfSilent(io: Io, options: HubOptions): Promise<void> {
  await noteIfReachable(io, options).catch(() => {})
}

/** The same; throws if the hub cannot be used at all. */
export async function noteIfReachable(io: Io, options: HubOptions): Promise<void> {
  try {
    const { listeners } = await ask({ ...io, note: () => {} }, options, 'hub.status', {})
    if (!listeners.some(({ face }) => face === 'ncs')) io.note(ADVICE)
  } catch (error) {
    // A principal that may not see the state of the hub only gets no advice.
    if (!TocsinError.is(error) || error.code !== 'TCN_ACCESS_DENIED') throw error
  }
}
