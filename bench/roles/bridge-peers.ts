import { SysadmKey } from '../../src/protocols/sysadm/client/login-key.js'
import { qtJson } from '../../src/protocols/sysadm/codec/json.js'
import { serveCalls } from '../harness/child.js'
import { pause } from '../harness/clock.js'
import { TlsWebSocket } from '../sides/tls-web-socket.js'

interface Options {
  port: number
  type: 'server' | 'client'
  /** Private key, PEM: all peers have the same. */
  key: string
}

export interface Received {
  /** Messages of the peer that has the fewest, and of the one that has the most. */
  least: number
  most: number
  /** Peers that have fewer than the one with the most. */
  behind: number
}

/** Limited, so that both sides of the connection work at the same time. */
const AT_ONCE = 8
const HIGH_WATER = 1024 * 1024

let options: Options
let key: SysadmKey
const peers: Peer[] = []

/** A peer of a bridge, with the frames of genuine ones. */
class Peer {
  readonly link: TlsWebSocket
  readonly isListed: Promise<void>
  reachable: string[] = []
  received = 0
  #listed = (): void => {}

  constructor(link: TlsWebSocket) {
    this.link = link
    this.isListed = new Promise((resolve) => {
      this.#listed = resolve
    })
    link.onText = (text) => this.#took(text)
    link.send(qtJson({ args: '', id: 'auth', name: 'auth_ssl', namespace: 'rpc' }))
  }

  #took(text: string): void {
    if (!text.startsWith('{')) {
      this.received++
      return
    }
    const { id, name, args } = JSON.parse(text)
    const reply = (answer: unknown, as = 'response') =>
      this.link.send(qtJson({ args: answer, id, name: as, namespace: 'rpc' }))
    if (name === 'identify') reply({ hostname: 'bench', type: options.type })
    else if (name === 'bridge') this.reachable = args.available_connections
    else if (args?.test_string !== undefined)
      reply({ encrypted_string: key.encrypt(args.test_string) }, 'auth_ssl')
    else if (name === 'settings') {
      reply({ md5_keys: [key.checksum] })
      this.#listed()
    }
  }
}

/** Many peers of one kind on one bridge. */
serveCalls({
  start(given: Options) {
    options = given
    key = new SysadmKey(given.key)
  },
  async add(count: number) {
    for (let left = count; left > 0; left -= AT_ONCE) {
      const some = Array.from({ length: Math.min(left, AT_ONCE) }, async () => {
        const peer = new Peer(await TlsWebSocket.open(options.port, '/'))
        await peer.isListed
        return peer
      })
      peers.push(...(await Promise.all(some)))
    }
  },
  open: () => peers.filter(({ link }) => !link.socket.destroyed).length,
  /** The number of others that the first peer can reach. */
  reach: () => peers[0].reachable.length,
  /** Sends from the first peer to all that it can reach, a message to each in turn. */
  async send(messages: number, bytes: number) {
    const [{ link, reachable }] = peers
    const text = 'x'.repeat(bytes)
    for (let i = 0; i < messages; i++)
      for (const id of reachable) {
        while (link.socket.writableLength > HIGH_WATER) await pause(0.001)
        link.send(`${id}\n${text}`)
      }
  },
  received(): Received {
    const counts = peers.map(({ received }) => received)
    const most = Math.max(...counts)
    return { least: Math.min(...counts), most, behind: counts.filter((count) => count < most).length }
  },
  /** The first peer reads nothing until it is told to. */
  stall: () => void peers[0].link.socket.pause(),
  read: () => void peers[0].link.socket.resume(),
})
