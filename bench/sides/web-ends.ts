import { FILTER } from '../harness/sample-event.js'
import type { Ends } from './side.js'
import { tocsinEnds } from './tocsin-ends.js'
import { webAddress } from './web-hub.js'
import { countBlocks, countFrames, openStream, openWebSocket } from './web-readers.js'

const query = `filter=${encodeURIComponent(FILTER)}`

/** Published to natively, read by WebSocket (`cloudevents.json`). */
export const webSocketEnds: Ends = {
  sender: (address, flat) => tocsinEnds.sender(webAddress(address).socket, flat),
  async receive(address, receiving) {
    const { port, token } = webAddress(address)
    const socket = await openWebSocket(port, `/v1/ws?${query}`, token)
    // The first message says live.
    countFrames(socket, receiving, 1)
  },
  replay: () => Promise.reject(new Error('no row replays by WebSocket')),
}

/** Published to natively, read as server-sent events. */
export const streamEnds: Ends = {
  sender: webSocketEnds.sender,
  async receive(address, receiving) {
    const { port, token } = webAddress(address)
    const socket = await openStream(port, `/v1/stream?${query}`, token)
    // `retry`, and `live`.
    countBlocks(socket, receiving, 2)
  },
  replay: webSocketEnds.replay,
}
