import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** The greeting of a hub that a test plays itself. */
export const welcome = {
  ...{ version: 1, features: [], epoch: 'k3f9k3f9k3f9k', source: 'host/web1', largestFrame: 2 ** 26 },
  ...{ lastCounter: 0, durable: true, principal: 'admin', hub: { name: 'web1', version: '0.1.0' } },
}

/** Serves connections at an address until the end of the test. */
export async function listening(serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    serve(socket)
  })
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`
}
