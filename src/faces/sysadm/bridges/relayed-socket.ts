import { errorText, readMessage, replyText } from '../../../protocols/sysadm/codec/envelope.js'
import { payloadsOf } from '../../web/websocket/frame.js'
import type { SysadmContext } from '../context.js'
import { type PeerSocket, SysadmPeer } from '../peer.js'
import { answerKeyOffer, type KeyOffer, keyOfferIn } from './key-offer.js'

/** The connection to a bridge, as the peers beyond it use it. */
export interface Relay {
  /** Bytes that wait to be sent to the bridge. */
  readonly pending: number
  /** The public key of this hub, PEM. */
  readonly publicPem: string
  /** Sends a message of this peer, whose id is put before it. */
  send(id: string, payload: Buffer): void
  /** Calls `drained` when nothing waits any more. */
  awaitDrain(socket: RelayedSocket): void
  left(id: string): void
}

/** Longest request, as on direct connections, bytes. */
const MAX_REQUEST = 256 * 1024
const MAX_PAYLOAD = Math.ceil((MAX_REQUEST * 4) / 3) + 4
/** Requests of one peer that wait until there is room for them. The others are refused. */
const MAX_WAITING = 32

/**
 * Stands for the connection of a client that comes through a bridge. Once the client has offered a key, payloads are
 * the base64 of the text, in both directions; genuine peers encrypt nothing.
 */
export class RelayedSocket implements PeerSocket {
  readonly #context: SysadmContext
  readonly #relay: Relay
  readonly #id: string
  readonly #address: string
  readonly #peer: SysadmPeer
  readonly #waiting: string[] = []
  readonly #challenges: string[] = []
  #isWrapped = false
  #isPaused = false
  #isClosed = false

  constructor(context: SysadmContext, relay: Relay, { id, bridge }: { id: string; bridge: string }) {
    this.#context = context
    this.#relay = relay
    this.#id = id
    this.#address = `${bridge} ${id}`
    this.#peer = new SysadmPeer(context, this, {
      address: this.#address,
      isBridged: true,
      left: () => this.#left(),
    })
  }

  get isLoggedIn(): boolean {
    return !this.#peer.isNew
  }

  receive(payload: Buffer): void {
    const isPlain = payload[0] === BRACE
    const text = payload.length > MAX_PAYLOAD ? '' : isPlain ? String(payload) : decoded(payload)
    const offer = isPlain ? keyOfferIn(text) : undefined
    if (!text.startsWith('{')) this.#send(Buffer.from(errorText('', 400)))
    else if (offer !== undefined) this.#takeOffer(offer)
    else if (!this.#isPaused) this.#peer.take(text)
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(text)
    else this.#send(Buffer.from(errorText(readMessage(text).request?.id ?? '', 503)))
  }

  /** Called when the bridge has taken everything. */
  drained(): void {
    this.#peer.drained()
  }

  check(now: number): void {
    this.#peer.check(now)
  }

  // ---- as the connection of the peer

  get pending(): number {
    const { pending } = this.#relay
    if (pending > 0) this.#relay.awaitDrain(this)
    return pending
  }

  write(frames: Uint8Array): void {
    for (const payload of payloadsOf(frames)) this.#send(payload)
  }

  reply(frames: Uint8Array): void {
    this.write(frames)
  }

  end(): void {
    this.#peer.closed()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    while (!this.#isPaused && this.#waiting.length > 0) this.#peer.take(this.#waiting.shift() as string)
  }

  admitted(): void {}

  #left(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#waiting.length = 0
    this.#context.challenges.forget(this.#challenges)
    this.#relay.left(this.#id)
  }

  #takeOffer({ request, checksum }: KeyOffer): void {
    const { publicPem } = this.#relay
    const answer = answerKeyOffer(this.#context, checksum, {
      publicPem,
      address: this.#address,
      challenges: this.#challenges,
    })
    if (answer === undefined) {
      this.#send(Buffer.from(errorText(request.id, 401)))
      return
    }
    this.#isWrapped = false
    this.#send(Buffer.from(replyText(request, answer)))
    this.#isWrapped = true
  }

  #send(payload: Buffer): void {
    if (this.#isClosed) return
    this.#relay.send(this.#id, this.#isWrapped ? Buffer.from(payload.toString('base64')) : payload)
  }
}

const BRACE = 0x7b

function decoded(payload: Buffer): string {
  return Buffer.from(payload.toString('latin1'), 'base64').toString()
}
