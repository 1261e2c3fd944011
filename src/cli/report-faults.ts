import { subscribe } from 'node:diagnostics_channel'
import { TocsinError } from '../event/errors.js'
import type { SaltFault } from '../hub/salt-buses.js'
import { plural } from './figures.js'
import type { Io } from './io.js'

/** The log is tried once a second while it is at fault; after so long without a fault it is well again, ms. */
const WELL_AFTER = 5000

/** Tells whoever reads the hub's stderr what goes wrong in it. */
export function reportFaults(io: Io): void {
  reportLog(io)
  subscribe('tocsin:salt:fault', (message) => {
    const { source, what, count, message: reason, code } = message as SaltFault
    const things = plural(count, what === 'dropped' ? 'event' : 'connection')
    io.note(`${source}: ${things} ${what}: ${reason} (${code})`)
  })
}

/** Once each, that the log takes no events, and that it takes them again. */
function reportLog(io: Io): void {
  let told: string | undefined
  let recovery: NodeJS.Timeout | undefined
  subscribe('tocsin:bus:suspended', (message) => {
    const { reason } = message as { reason?: unknown }
    clearTimeout(recovery)
    if (reason instanceof TocsinError) {
      if (told !== reason.code) io.note(`publishers wait: ${reason.message} (${reason.code})`)
      told = reason.code
    } else if (told !== undefined) {
      recovery = setTimeout(() => {
        io.note('the log takes events again')
        told = undefined
      }, WELL_AFTER).unref()
    }
  })
}
