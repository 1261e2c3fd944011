import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { serveCalls } from '../harness/child.js'

const HIGH_WATER = 1024 * 1024

let url = ''

/** A bare pipe: every message on one connection is sent to the other, and nothing is read while too much waits. */
serveCalls({
  async start({ cert, key }: { cert: string; key: string }) {
    const server = createServer({ cert, key })
    const sockets = new WebSocketServer({ server, perMessageDeflate: false })
    let receiver: WebSocket | undefined
    sockets.on('connection', (socket, { url: path }) => {
      if (path === '/client') receiver = socket
      else socket.on('message', (data, isBinary) => pipe(socket, receiver!, data as Buffer, isBinary))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `wss://127.0.0.1:${(server.address() as AddressInfo).port}`
  },
  url: () => url,
})

function pipe(from: WebSocket, to: WebSocket, data: Buffer, binary: boolean): void {
  to.send(data, { binary }, () => {
    if (from.isPaused && to.bufferedAmount < HIGH_WATER) from.resume()
  })
  if (to.bufferedAmount >= HIGH_WATER) from.pause()
}
