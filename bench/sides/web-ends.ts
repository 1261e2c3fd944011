import { FILTER } from '../harness/sample-event.js'
import type { Ends } from './side.js'
import { nativeEnds, tocsinEnds } from './tocsin-ends.js'
import { webAddress } from './web-address.js'
import { countBlocks, countFrames, openStream, openWebSocket } from './web-readers.js'

const query = `filter=${encodeURIComponent(FILTER)}`

/** Publishes natively and reads over WebSocket (`cloudevents.json`). */
export const webSocketEnds: Ends = {
  sender: (address, flat) => tocsinEnds.sender(webAddress(address).socket, flat),
  async receive(address, receiving) {
    const { port, token, tls } = webAddress(address)
    const socket = await openWebSocket(port, `/v1/ws?${query}`, token, tls)
    // The first message is `live`.
    countFrames(socket, receiving, 1)
  },
  replay: () => Promise.reject(new Error('no row replays by WebSocket')),
}

const overWebSocket = nativeEnds((address) => {
  const { port, token } = webAddress(address)
  return { address: `ws://127.0.0.1:${port}`, token }
})

/** Publishes over the unix socket and reads frames of the log over WebSocket (`tocsin.v1`), as the console does. */
export const webNativeEnds: Ends = {
  sender: webSocketEnds.sender,
  receive: overWebSocket.receive,
  replay: overWebSocket.replay,
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
