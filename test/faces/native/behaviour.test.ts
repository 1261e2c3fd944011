import { TocsinError } from '../../../src/event/errors.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { concat } from '../../event/bytes.js'
import {
  describeFace,
  type FaceHub,
  type FaceItem,
  type FaceOptions,
  type FacePublisher,
  type FaceRequest,
  type FaceSubscriber,
} from '../behaviour.js'
import { startFixture } from './fixture.js'
import { frame, type Item, RawPeer } from './raw-peer.js'

describeFace({ name: 'native', start })

async function start(options: FaceOptions): Promise<FaceHub> {
  const fixture = await startFixture(options)
  const peers: RawPeer[] = []
  const sockets = new Map([['admin', fixture.path]])
  const dial = async (as: string, producer?: string) => {
    if (!sockets.has(as)) sockets.set(as, await fixture.listenFor(as))
    const peer = new RawPeer(sockets.get(as) as string)
    peers.push(peer)
    return { peer, welcome: await peer.hello({ producer }) }
  }
  let closing: Promise<void> | undefined
  return {
    bus: fixture.bus,
    async publisher(as, { producer } = {}) {
      const { peer, welcome } = await dial(as, producer)
      return new Publisher(peer, welcome.source, welcome.lastCounter)
    },
    async subscriber(as, request: FaceRequest = {}) {
      const { peer, welcome } = await dial(as)
      peer.send('subscribe', request)
      return new Subscriber(peer, welcome.epoch)
    },
    close() {
      closing ??= fixture.close().finally(() => {
        for (const peer of peers) peer.close()
      })
      // Who does not read would keep the hub waiting.
      for (const peer of peers) peer.socket.resume()
      return closing
    },
  }
}

class Publisher implements FacePublisher {
  readonly #peer: RawPeer
  readonly #source: string
  #counter: number

  constructor(peer: RawPeer, source: string, counter: number) {
    this.#peer = peer
    this.#source = source
    this.#counter = counter
  }

  async publish(tag: string, data: unknown): Promise<string> {
    this.#peer.write(this.#frame(tag, data))
    return await this.#settled()
  }

  async publishAll(events: { tag: string; data: unknown }[]): Promise<void> {
    this.#peer.write(concat(...events.map(({ tag, data }) => this.#frame(tag, data))))
    await this.#settled()
  }

  drop(): void {
    this.#peer.close()
  }

  #frame(tag: string, data: unknown): Uint8Array {
    return frame(++this.#counter, tag, { source: this.#source, body: encode(data) })
  }

  async #settled(): Promise<string> {
    for (;;) {
      const item = await this.#peer.next()
      if (item?.name === 'refused')
        throw new TocsinError(item.body.code as TocsinError['code'], item.body.message)
      if (item?.name === 'accepted' && item.body.counter === this.#counter) return item.body.cursor as string
      if (item === undefined) throw new Error('the connection closed')
    }
  }
}

class Subscriber implements FaceSubscriber {
  readonly #peer: RawPeer
  readonly #epoch: string

  constructor(peer: RawPeer, epoch: string) {
    this.#peer = peer
    this.#epoch = epoch
  }

  async next(): Promise<FaceItem | undefined> {
    for (;;) {
      const item = await this.#peer.next()
      if (item === undefined) return undefined
      const known = this.#item(item)
      if (known !== undefined) return known
    }
  }

  pause(): void {
    this.#peer.socket.pause()
  }

  resume(): void {
    this.#peer.socket.resume()
  }

  drop(): void {
    this.#peer.close()
  }

  #item(item: Item): FaceItem | undefined {
    switch (item.name) {
      case 'event':
        return {
          type: 'event',
          cursor: item.body.cursor(this.#epoch),
          tag: item.body.tag,
          data: item.body.data,
        }
      case 'live':
      case 'position':
        return { type: item.name, cursor: item.body.cursor }
      case 'gap': {
        const { from, to, reason, cursor } = item.body
        return { type: 'gap', from, to, reason, cursor }
      }
      case 'error':
      case 'goodbye':
        return { type: 'end', code: item.body.code }
      default:
        return undefined
    }
  }
}
