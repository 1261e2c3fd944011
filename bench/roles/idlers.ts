import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { PROTOCOL_VERSION } from '../../src/protocols/native/protocol.js'
import { serveCalls } from '../harness/child.js'
import type { TlsAddress } from '../sides/tls-hub.js'

/** Path of the unix socket, or the address of the hub's TLS listener. */
export interface IdlersOptions {
  address: string | TlsAddress
}

let address: IdlersOptions['address'] = ''
const sockets: Socket[] = []
/** Limited, so that both sides of the connection work at the same time. */
const AT_ONCE = 8

/** Connections that subscribe to events that never happen, and do nothing else. */
serveCalls({
  start(options: IdlersOptions) {
    address = options.address
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
  const socket = await open()
  const token = typeof address === 'string' ? undefined : address.token
  socket.write(encodeRecord('hello', { version: PROTOCOL_VERSION, token }))
  await once(socket, 'data')
  socket.write(encodeRecord('subscribe', { filters: 'never/happens/' }))
  await once(socket, 'data')
  socket.on('data', () => {})
  return socket
}

async function open(): Promise<Socket> {
  if (typeof address === 'string') {
    const socket = connect(address)
    await once(socket, 'connect')
    return socket
  }
  const { port, ca } = address
  const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca })
  await once(socket, 'secureConnect')
  return socket
}
