import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { encode } from '../../../src/event/msgpack/encoder.js'
import { concat } from '../../event/bytes.js'
import type { FaceItem, FacePublisher, FaceSubscriber } from '../behaviour.js'
import { frame, type Item, type RawPeer } from './raw-peer.js'

/** Publishers and subscribers for the suite of faces, with the native protocol on any stream. */

/** Where an event of the suite is published. */
export type Place = (tag: string) => { tag: string; kind?: number }

export class NativePublisher implements FacePublisher {
  readonly #peer: RawPeer
  readonly #source: string
  readonly #place: Place
  #counter: number

  constructor(peer: RawPeer, source: string, counter: number, place: Place = (tag) => ({ tag })) {
    this.#place = place
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
    const { tag: placed, kind } = this.#place(tag)
    return frame(++this.#counter, placed, { source: this.#source, body: encode(data), kind })
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

export class NativeSubscriber implements FaceSubscriber {
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
          cursor: item.body.cursorIn(this.#epoch),
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
