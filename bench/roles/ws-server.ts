import { WebSocket, WebSocketServer } from 'ws'
import { serveCalls } from '../harness/child.js'

/** A typical server with `ws`: every published message is sent to each subscriber. */
serveCalls({
  start({ port }: { port: number }) {
    const server = new WebSocketServer({ port, host: '127.0.0.1', perMessageDeflate: false })
    const subscribers = new Set<WebSocket>()
    server.on('connection', (socket, { url }) => {
      if (url === '/publish') {
        socket.on('message', (data) => {
          const text = data.toString()
          for (const subscriber of subscribers) {
            if (subscriber.readyState === WebSocket.OPEN) subscriber.send(text)
          }
        })
      } else {
        subscribers.add(socket)
        socket.on('close', () => subscribers.delete(socket))
      }
    })
    return new Promise<void>((resolve) => server.once('listening', () => resolve()))
  },
})
