import { createServer } from 'node:net'
import { formatAddress } from '../../config/values/address.js'
import { formatTime } from '../../event/position.js'
import { tagSegment } from '../../event/tag.js'
import { portOf } from '../../parts/bound-port.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import type { Sender } from '../tcp/sender.js'
import { StreamListener } from '../tcp/stream-listener.js'
import { type ListenedPeer, type SenderConnection, StreamPeer } from '../tcp/stream-peer.js'
import { senderTest } from '../udp/senders.js'
import type { BmpConfig } from './config.js'
import { type BmpFrame, BmpFramer } from './framer.js'
import { type BmpMessage, readBmpMessage } from './message.js'

/** Receives what routers say about their sessions of BGP (RFC 7854), and publishes those that come up and go down. */
export class BmpSource implements Source {
  readonly #config: BmpConfig
  #context!: SourceContext
  #listener: StreamListener | undefined
  #where = ''

  constructor(config: BmpConfig) {
    this.#config = config
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    const { listen, from, maxPeers } = this.#config
    const server = createServer()
    this.#listener = new StreamListener({
      transport: 'tcp',
      server,
      maxPeers,
      runtime: context.runtime,
      peer: (connection, sender) => this.#router(connection, sender),
      accepts: senderTest(from),
      refused: (_, reason) => context.lost(undefined, reason),
    })
    await this.#listener.listen(listen)
    this.#where = formatAddress({ host: listen.host, port: portOf(server, listen.port) })
  }

  async stop(): Promise<void> {
    await this.#listener?.close()
  }

  health(): SourceHealth {
    return { state: 'up', details: { listens: this.#where, routers: this.#listener?.peers ?? 0 } }
  }

  /** A router says its name before it says anything about sessions. */
  #router(connection: SenderConnection, { peer: address = '' }: Sender): ListenedPeer {
    const { lost } = this.#context
    let name = address
    let hasSpoken = false
    let end = 'the router has closed the connection'
    const take = (frame: BmpFrame): boolean => {
      if (frame === 'fault') {
        end = 'the router does not speak BMP of version 3'
        if (!hasSpoken) connection.refused()
        connection.socket.destroy()
        return true
      }
      const { type, body } = frame
      return this.#context.attempt(
        () => {
          const message = readBmpMessage(type, body)
          hasSpoken = true
          if (message.kind === 'initiation') name = message.name ?? address
          else if (message.kind === 'termination')
            end = `the router has ended the connection: ${message.reason}`
          else if (message.kind !== 'other') return this.#publish(name, message)
          return true
        },
        () => ({ raw: body }),
      )
    }
    const over = (reason = end) => {
      // Until it connects again, it reports nothing.
      if (hasSpoken) lost(undefined, `${name}: ${reason}`)
      connection.over()
    }
    return new StreamPeer({ ...connection, over }, { framer: new BmpFramer(), take })
  }

  #publish(router: string, message: Extract<BmpMessage, { peer: string }>): boolean {
    const { kind, time, ...session } = message
    const data = { router, ...session, ...(time !== undefined && { time: formatTime(time) }) }
    return this.#context.publish(`${tagSegment(router)}/${tagSegment(session.peer)}/${kind}`, data)
  }
}
