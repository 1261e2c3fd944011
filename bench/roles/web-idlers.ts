import { once } from 'node:events'
import type { Socket } from 'node:net'
import { serveCalls } from '../harness/child.js'
import { type WebAddress, webAddress } from '../sides/web-address.js'
import { openStream, openWebSocket } from '../sides/web-readers.js'

export interface WebIdlersOptions {
  address: string
  kind: 'ws' | 'sse'
}

let address: WebAddress
let kind: WebIdlersOptions['kind']
const sockets: Socket[] = []
/** Limited, so that both sides of the connection work at the same time. */
const AT_ONCE = 8

/** Connections that subscribe to events that never happen, and do nothing else. */
serveCalls({
  start(options: WebIdlersOptions) {
    address = webAddress(options.address)
    kind = options.kind
  },
  async add(connections: number) {
    for (let left = connections; left > 0; left -= AT_ONCE) {
      const some = Array.from({ length: Math.min(left, AT_ONCE) }, subscribe)
      sockets.push(...(await Promise.all(some)))
    }
  },
  open: () => sockets.filter(({ destroyed }) => !destroyed).length,
})

async function subscribe(): Promise<Socket> {
  const { port, token } = address
  const query = 'filter=never/happens/'
  const socket =
    kind === 'ws'
      ? await openWebSocket(port, `/v1/ws?${query}`, token)
      : await openStream(port, `/v1/stream?${query}`, token)
  socket.resume()
  await once(socket, 'data')
  socket.on('data', () => {})
  return socket
}
