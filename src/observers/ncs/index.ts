import { ncsConfig } from '../../protocols/ncs/config.js'
import { defineObserver } from '../observer.js'

/** Publishes what happens in the hub as notifications of NSO. */
export const ncsObserver = defineObserver({
  name: 'ncs',
  config: { ncs: ncsConfig },
  isWanted: ({ ncs: { listen, unix } }) => listen !== 'off' || unix !== undefined,
  async open(hub, { ncs }) {
    const { Reporter } = await import('./reporter.js')
    const reporter = new Reporter(hub)
    await reporter.start()
    reporter.keep(ncs.keep)
    return {
      change: ({ ncs }) => reporter.keep(ncs.keep),
      stop: () => reporter.stop(),
      close: () => reporter.close(),
    }
  },
})
