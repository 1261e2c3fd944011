import type { FaceWays } from '../../access/ways.js'
import { openStream } from '../http/sse-driver.js'

/** salt-api asks for a login; the peers of the event bus all have the rights of that bus. */
export const ways: FaceWays = {
  reads: {
    'salt-api': async (hub, as) => {
      const { url, token } = await hub.saltApi(as)
      const reader = await openStream(`${url}/events?from=start&token=${token}`, {})
      return { text: () => reader.raw, close: () => reader.response.destroy() }
    },
  },
  isLive: /retry: 400/,
  publishes: {},
}
