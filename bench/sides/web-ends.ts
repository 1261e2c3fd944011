import { FILTER } from '../harness/sample-event.js'
import type { Ends } from './side.js'
import { tocsinEnds } from './tocsin-ends.js'
import { webAddress } from './web-hub.js'
import { countBlocks, countFrames, openStream, openWebSocket } from './web-readers.js'

const query = `filter=${encodeURIComponent(FILTER)}`

/** Publishes natively and reads over WebSocket (`cloudevents.json`). */
export const webSocketEnds: Ends = {
  sender: (address, flat) => tocsinEnds.sender(webAddress(address).socket, flat),
  async receive(address, receiving) {
    const { port, token } = webAddress(address)
    const socket = await openWebSocket(port, `/v1/ws?${query}`, token)
    // The first message is `live`.
    countFrames(socket, receiving, 1)
  },
  replay: () => Promise.reject(new Error('no row replays by WebSocket')),
}

/** Publishes natively and reads server-sent events. */
export const streamEnds: Ends = {
  sender: webSocketEnds.sender,
  async receive(address, receiving) {
    const { port, token } = webAddress(address)
    const socket = await openStream(port, `/v1/stream?${query}`, token)
    // The first blocks are `retry` and `live`.
    countBlocks(socket, receiving, 2)
  },
  replay: webSocketEnds.replay,
}
