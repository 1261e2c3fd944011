import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeRecord } from '../../src/faces/native/codec.js'
import { PROTOCOL_VERSION } from '../../src/faces/native/protocol.js'
import { serveCalls } from '../harness/child.js'

let address = ''
const sockets: Socket[] = []

/** Connections that subscribe to what never happens, and otherwise do nothing. */
serveCalls({
  start(options: { address: string }) {
    address = options.address
  },
  async add(connections: number) {
    for (let i = 0; i < connections; i++) sockets.push(await subscribe())
  },
})

async function subscribe(): Promise<Socket> {
  const socket = connect(address)
  await once(socket, 'connect')
  socket.write(encodeRecord('hello', { version: PROTOCOL_VERSION }))
  await once(socket, 'data')
  socket.write(encodeRecord('subscribe', { filters: 'never/happens/' }))
  await once(socket, 'data')
  socket.on('data', () => {})
  return socket
}
