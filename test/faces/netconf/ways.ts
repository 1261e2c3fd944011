import type { MatrixHub } from '../../access/matrix-hub.js'
import type { FaceWays, Reading } from '../../access/ways.js'
import { createSubscription, establish, NetconfClient } from './fixture.js'

const START = '1970-01-01T00:00:00Z'

async function subscribed(hub: MatrixHub, as: string, operation: string): Promise<Reading> {
  const client = await NetconfClient.logIn(hub.test, { user: as, password: hub.tokens.get(as) ?? '' })
  await client.ask(operation)
  return { text: () => client.text, close: () => client.drop() }
}

/** Clients of NETCONF publish nothing. */
export const ways: FaceWays = {
  reads: {
    'create-subscription': (hub, as) =>
      subscribed(hub, as, createSubscription(`<startTime>${START}</startTime>`)),
    'establish-subscription': (hub, as) =>
      subscribed(
        hub,
        as,
        establish(`<stream>NETCONF</stream><replay-start-time>${START}</replay-start-time>`),
      ),
  },
  isLive: /replayComplete|replay-completed/,
  publishes: {},
}
