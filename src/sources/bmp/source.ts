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
import { BgpSessions, keptSessions } from './sessions.js'

/** A router that is connected. */
interface Router {
  /** Its name, or its address until it has said it. */
  name: string
  /** µs since the epoch */
  readonly connected: number
}

/** Receives what routers say about their sessions of BGP (RFC 7854), and publishes those that come up and go down. */
export class BmpSource implements Source {
  readonly #config: BmpConfig
  #context!: SourceContext
  #sessions!: BgpSessions
  #listener: StreamListener | undefined
  #where = ''

  constructor(config: BmpConfig) {
    this.#config = config
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#sessions = new BgpSessions(await context.load(keptSessions))
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
    const { lost, runtime } = this.#context
    const router: Router = { name: address, connected: runtime.now() }
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
          const message = whole(type, body)
          if (message === undefined) {
            lost(1, `${router.name}: a message of type ${type} is too short`)
            return true
          }
          hasSpoken = true
          if (message.kind === 'initiation') router.name = message.name ?? address
          else if (message.kind === 'termination')
            end = `the router has ended the connection: ${message.reason}`
          else if (message.kind !== 'other') return this.#take(router, message)
          return true
        },
        () => ({ raw: body }),
      )
    }
    const over = (reason = end) => {
      // Until it connects again, it reports nothing.
      if (hasSpoken) lost(undefined, `${router.name}: ${reason}`)
      connection.over()
    }
    return new StreamPeer({ ...connection, over }, { framer: new BmpFramer(), take })
  }

  /** Publishes what is new. */
  #take({ name, connected }: Router, message: Extract<BmpMessage, { peer: string }>): boolean {
    const { kind: state, time, ...session } = message
    const { peer, distinguisher = '' } = session
    const now = this.#context.runtime.now()
    const report = { session: [name, peer, distinguisher], state, time, now, connected }
    const at = this.#sessions.changeIn(report)
    if (at === undefined) return true
    const ofRouter = time !== undefined && time !== at && { routerTime: formatTime(time) }
    const data = { router: name, ...session, time: formatTime(at), ...ofRouter }
    if (!this.#context.publish(`${tagSegment(name)}/${tagSegment(peer)}/${state}`, data)) return false
    this.#sessions.changed(report, at)
    this.#context.moved(() => this.#sessions.kept())
    return true
  }
}

/** Reads a message; undefined if it is too short for its type. */
function whole(type: number, body: Buffer): BmpMessage | undefined {
  try {
    return readBmpMessage(type, body)
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined
    throw thrown
  }
}
