import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { GuardedSocket, type GuardedSocketOptions } from '../../src/transport/guarded-socket.js'
import { realRuntime } from '../helpers/real-runtime.js'

export interface GuardedPair {
  readonly peer: Socket
  readonly bare: Socket
  readonly guarded: GuardedSocket
  /** Resolves with the reason why the connection has ended. */
  readonly ended: Promise<string | undefined>
}

/** Two ends of a connection, one of which is guarded. */
export async function guardedPair(options: Partial<GuardedSocketOptions> = {}): Promise<GuardedPair> {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const peer = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [bare] = (await accepted) as [Socket]
  server.close()
  peer.on('error', () => {})
  onTestFinished(() => void peer.destroy())
  const guarded = new GuardedSocket(bare, {
    runtime: realRuntime,
    work: { face: 'test', what: 'bytes' },
    ...options,
  })
  let reason: string | undefined
  guarded.on('error', ({ message }) => {
    reason = message
  })
  const ended = new Promise<string | undefined>((resolve) => guarded.on('close', () => resolve(reason)))
  return { peer, bare, guarded, ended }
}
