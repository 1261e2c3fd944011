import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import type { Cancel } from '../event/runtime.js'
import { Pause } from '../faces/shared/peer-connection.js'
import { frameHeader, Opcode, textFrames } from '../faces/web/websocket/frame.js'
import type { TextPeer, TextSocket } from '../faces/web/websocket/text-socket.js'
import { secretText } from '../protocols/sysadm/codec/secret-text.js'
import type { BridgeContext } from './context.js'
import type { CloseReason } from './counts.js'
import type { Member, PeerType } from './directory.js'
import type { BridgeKey } from './keys.js'
import { Outlet } from './outlet.js'
import { ASK_IDENTITY, ASK_KEYS, answer, type PeerMessage, readPeerMessage, refusal } from './requests.js'

const TOKEN_LENGTH = 40
/** Genuine bridges ask for keys this long after the login, ms. */
const KEYS_AFTER = 10
/** Interval at which the keys are read again, ms: servers do not report that a key has been registered or revoked. */
const KEYS_EVERY = 5 * 60_000
/** Longest message to the bridge itself, and longest message at all before the login, bytes. */
const MAX_OWN_MESSAGE = 64 * 1024
const MAX_ID = 128
const BRACE = 0x7b
const NEWLINE = 0x0a

/** A server or a client that is connected to the bridge. */
export class BridgePeer implements TextPeer, Member {
  readonly id: string
  readonly address: string
  readonly #context: BridgeContext
  readonly #socket: TextSocket
  readonly #outlet: Outlet
  readonly #left: (peer: BridgePeer) => void
  /** The beginning of every message from this peer to others. */
  readonly #prefix: Buffer
  readonly #challenges: string[] = []
  #type: PeerType | undefined
  #hostname = ''
  #key: BridgeKey | undefined
  #keys: ReadonlySet<string> = new Set()
  /** Digest of the list of peers that was sent last: lists are long, and there are many peers. */
  #announced = digestOf('')
  #cancelAsk: Cancel | undefined
  #isClosed = false

  constructor(
    context: BridgeContext,
    socket: TextSocket,
    { address, left }: { address: string; left: (peer: BridgePeer) => void },
  ) {
    this.#context = context
    this.#socket = socket
    this.address = address
    this.#left = left
    this.id = `::${braced(context.runtime.random(16))}`
    this.#prefix = Buffer.from(`${this.id}\n`)
    this.#outlet = new Outlet(context, socket, (reason) => this.disconnect(reason))
  }

  get isNew(): boolean {
    return this.#key === undefined
  }

  get type(): PeerType | undefined {
    return this.#type
  }

  get keys(): ReadonlySet<string> {
    return this.#keys
  }

  /** The key with which it has logged in. */
  get key(): BridgeKey | undefined {
    return this.#key
  }

  open(): void {
    this.#send(ASK_IDENTITY)
  }

  message(data: Buffer, isText: boolean): undefined {
    if (this.#isClosed) return
    if (data.length > MAX_OWN_MESSAGE && (this.isNew || data[0] === BRACE)) this.disconnect('message')
    else if (data[0] === BRACE) void this.#handle(readPeerMessage(data.toString()))
    else if (!this.isNew && (isText || isUtf8(data))) this.#relay(data)
  }

  drained(): void {
    this.#outlet.drained()
  }

  announce(text: string): void {
    const digest = digestOf(text)
    if (digest === this.#announced) return
    this.#announced = digest
    this.#send(text)
  }

  disconnect(reason: CloseReason): void {
    if (this.#isClosed) return
    this.#context.counts.close(reason)
    this.#context.log('warn', `${this.#name} is disconnected: ${reasons[reason]}`, { reason })
    this.#socket.end('END')
    // Messages that wait for such a peer must be released at once.
    if (reason === 'stalled' || reason === 'memory') this.#socket.stream.destroy()
  }

  goodbye(): void {
    this.#socket.end('END')
  }

  closed(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const { challenges, directory, log, counts } = this.#context
    this.#cancelAsk?.()
    challenges.forget(this.#challenges)
    this.#outlet.closed()
    directory.update(this, () => {
      this.#keys = new Set()
    })
    if (this.isNew) counts.strangers++
    else log('info', `${this.#name} has left`)
    this.#left(this)
  }

  get #name(): string {
    const what = this.#type === undefined ? 'a peer' : `the ${this.#type} ${this.#hostname}`
    return `${what} at ${this.address}`
  }

  #send(text: string): void {
    this.#socket.reply(textFrames([text]))
  }

  #relay(data: Buffer): void {
    const { directory, counts } = this.#context
    const line = data.subarray(0, MAX_ID + 1).indexOf(NEWLINE)
    const to = line <= 0 ? undefined : directory.reach(this, data.toString('latin1', 0, line))
    if (to === undefined) {
      counts.unreachable++
      return
    }
    counts.messages++
    counts.bytes += data.length
    const frame = relayFrame(this.#prefix, data.subarray(line + 1))
    ;(to as BridgePeer).#outlet.take(frame, this.#outlet)
  }

  async #handle(message: PeerMessage | undefined): Promise<void> {
    const { challenges, directory, hostname } = this.#context
    switch (message?.kind) {
      case 'identity':
        if (this.#type === undefined) this.#identified(message.type, message.hostname)
        break
      case 'keys':
        if (this.isNew) break
        directory.update(this, () => {
          this.#keys = message.keys
        })
        break
      case 'identify':
        this.#send(answer(message.request, { hostname, type: 'bridge' }))
        break
      case 'challenge':
        this.#send(answer(message.request, { test_string: challenges.make(this.#challenges) }))
        break
      case 'login':
        await this.#logIn(message)
        break
      case 'other':
        this.#send(this.isNew ? refusal(message.request, null) : answer(message.request, null))
    }
  }

  #identified(type: PeerType, hostname: string): void {
    this.#context.directory.update(this, () => {
      this.#type = type
      this.#hostname = hostname
    })
    if (!this.isNew) this.#arrived()
  }

  async #logIn({ request, encrypted }: Extract<PeerMessage, { kind: 'login' }>): Promise<void> {
    const { runtime } = this.#context
    // Nothing may overtake a login, and nobody may have many under way.
    this.#socket.pause(Pause.identify)
    const key = await this.#keyOf(encrypted)
    this.#socket.resume(Pause.identify)
    if (this.#isClosed) return
    if (key === undefined) {
      this.#refused()
      this.#send(refusal(request, 'unauthorized'))
      return
    }
    const isFirst = this.isNew
    this.#key = key
    this.#socket.admitted()
    this.#send(answer(request, [secretText(TOKEN_LENGTH, runtime.random), 0]))
    if (!isFirst) return
    if (this.#type !== undefined) this.#arrived()
    this.#askKeysAfter(KEYS_AFTER)
  }

  async #keyOf(encrypted: string): Promise<BridgeKey | undefined> {
    const { keys, blacklist, challenges, longWork } = this.#context
    if (blacklist.refuses(this.address)) return undefined
    const steps = keys.whoEncrypted(Buffer.from(encrypted, 'base64'), this.address, (text) =>
      challenges.take(text),
    )
    return longWork.run(this.address, steps).catch(() => undefined)
  }

  #refused(): void {
    const { blacklist, counts, log } = this.#context
    counts.failedLogins++
    blacklist.fail(this.address)
    const further = blacklist.refuses(this.address) ? '; the address is refused from now on' : ''
    log('warn', `a login from ${this.address} failed${further}`)
  }

  #arrived(): void {
    const file = this.#key?.file
    this.#context.log('info', `${this.#name} has logged in with ${file}`, { id: this.id, key: file })
  }

  #askKeysAfter(ms: number): void {
    this.#cancelAsk = this.#context.runtime.after(ms, () => {
      this.#send(ASK_KEYS)
      this.#askKeysAfter(KEYS_EVERY)
    })
  }
}

const reasons: Record<CloseReason, string> = {
  stalled: 'it does not read, and held others up',
  memory: 'it reads slowly, and too much waits for all peers',
  message: 'its message is too long',
  'key-removed': 'its key is no longer accepted',
}

function relayFrame(prefix: Buffer, payload: Buffer): Buffer {
  const header = frameHeader(Opcode.text, prefix.length + payload.length)
  return Buffer.concat([header, prefix, payload])
}

/** The empty list, of which nobody is notified, has the digest of nothing. */
function digestOf(text: string): string {
  const isEmpty = text === '' || text.includes('"available_connections":[]')
  return createHash('sha1')
    .update(isEmpty ? '' : text)
    .digest('base64')
}

function braced(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return `{${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}}`
}
