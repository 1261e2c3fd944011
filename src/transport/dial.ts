import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import type { Address } from '../config/values/address.js'
import type { Runtime } from '../event/runtime.js'

export interface DialOptions {
  readonly address: Address
  /** Undefined: without TLS. */
  readonly tls: ConnectionOptions | undefined
  /** ms */
  readonly timeout: number
  readonly runtime: Runtime
}

/** Resolves with a connection of which nothing is read yet; with TLS, the other end is verified. */
export function dial({ address, tls, timeout, runtime }: DialOptions): Promise<Socket> {
  const socket = tls === undefined ? connect(address) : connectTls({ ...address, ...tls })
  return new Promise<Socket>((resolve, reject) => {
    const late = () => socket.destroy(new Error(`no answer within ${timeout / 1000} s`))
    const cancel = runtime.after(timeout, late)
    const closed = () => reject(new Error('the other side has closed the connection'))
    socket.once('error', reject).once('close', closed)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      socket.off('error', reject).off('close', closed)
      resolve(socket)
    })
    socket.once('close', cancel).once(tls === undefined ? 'connect' : 'secureConnect', cancel)
  })
}
