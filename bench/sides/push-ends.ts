import { connect } from '@nats-io/transport-node'
import { pushConsumer } from './jetstream-clients.js'
import { natsEnds, STREAM, take } from './nats-ends.js'
import type { Ends } from './side.js'

/** Each subscriber is a push consumer of the stream, with a connection of its own. */
export const pushEnds: Ends = {
  ...natsEnds,
  async receive(address, receiving) {
    const connection = await connect({ servers: address })
    await pushConsumer(connection, STREAM, undefined, ({ data }) => take(data, receiving))
  },
}
