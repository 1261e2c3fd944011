import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { TextDecoder } from 'node:util'
import { TocsinError } from '../../../errors/tocsin-error.js'
import {
  type Address,
  constants,
  type Received,
  type SctpMessage,
  type SctpNotice,
  SctpSocket,
} from '../../../protocols/sctp/index.js'
import { Exit } from '../../help/exit-codes.js'
import { Ending, type Io } from '../../io.js'
import { readChunks, readLines } from '../../terminal/input.js'
import { escapeJson, escapeText } from '../../terminal/text.js'
import { hexOf, notificationLine, notificationValue } from './decode.js'

export interface ConversationOptions {
  listen?: readonly string[]
  connect?: readonly string[]
  /** Shows notifications on stdout, and neither sends nor shows messages. */
  watch?: boolean
  format?: string
  streamId?: number
  ppid?: number
}

const { linux } = constants
const MAX_MESSAGE = 16 * 1024 * 1024
const MAX_STREAMS = 0xffff

/** Sends the lines of stdin and shows what arrives, until the association ends, or indefinitely when listening. */
export async function converse(io: Io, options: ConversationOptions): Promise<void> {
  const { family, addresses } = await peerAddresses(options.listen ?? options.connect ?? [])
  const socket = new SctpSocket({ family, maxMessage: MAX_MESSAGE })
  const close = () => socket.close()
  io.signal.addEventListener('abort', close, { once: true })
  try {
    askForStream(socket, options.streamId ?? 0)
    const conversation = new Conversation(io, socket, options)
    if (options.listen) {
      socket.bindx(addresses)
      socket.listen()
      io.note(`listening on ${options.listen.join(', ')}`)
    } else await socket.connectx(addresses)
    await conversation.run()
  } finally {
    io.signal.removeEventListener('abort', close)
    socket.close()
    io.stdin.destroy()
  }
  io.signal.throwIfAborted()
}

/** Streams are numbered from 0. */
function askForStream(socket: SctpSocket, stream: number): void {
  const { sinit_num_ostreams } = socket.getOption('SCTP_INITMSG')
  if (stream < sinit_num_ostreams) return
  socket.setOption('SCTP_INITMSG', { sinit_num_ostreams: Math.min(stream + 1, MAX_STREAMS) })
}

class Conversation {
  readonly #io: Io
  readonly #socket: SctpSocket
  readonly #options: ConversationOptions
  /** The association that came up last. */
  #association: number | undefined
  #onUp: () => void = () => {}
  #ending: Ending | undefined
  #failure: unknown

  constructor(io: Io, socket: SctpSocket, options: ConversationOptions) {
    this.#io = io
    this.#socket = socket
    this.#options = options
  }

  async run(): Promise<void> {
    const sending = this.#options.watch ? undefined : this.#send()
    sending?.catch((error) => {
      this.#failure ??= error
      this.#socket.close()
    })
    for await (const received of this.#socket) {
      await this.#show(received)
      if (this.#options.connect && this.#isEnd(received)) break
      if (this.#io.out.closed) break
    }
    if (this.#io.signal.aborted) return
    const failure = this.#failure ?? this.#ending
    if (failure) throw failure
  }

  // ---- sending

  async #send(): Promise<void> {
    const { streamId: stream, ppid } = this.#options
    for await (const lines of readLines(readChunks(this.#io, '-'))) {
      for (const { text } of lines) {
        await this.#up()
        await this.#socket.sendv(Buffer.from(text), { association: this.#association, stream, ppid })
      }
    }
    if (this.#options.connect === undefined) return
    await this.#up()
    await this.#socket.shutdown(this.#association)
  }

  #up(): Promise<void> {
    if (this.#association !== undefined) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onUp = resolve
    })
  }

  // ---- receiving

  async #show(received: Received): Promise<void> {
    if (received.kind === 'notification') this.#showNotice(received)
    else if (!this.#options.watch) this.#showMessage(received)
    await this.#io.out.room()
  }

  #showNotice({ notification, error }: SctpNotice): void {
    if (notification === undefined) this.#noteFault(error)
    else if (this.#options.format === 'json') this.#json(notificationValue(notification))
    else this.#notificationLine(notificationLine(notification, 'linux'))
    if (notification?.sn_type === linux.SCTP_ASSOC_CHANGE) this.#observe(notification)
  }

  #noteFault(error: SctpNotice['error']): void {
    this.#io.note(error ? `${error.message} (${error.code})` : 'a notification that is not known')
  }

  #notificationLine(text: string): void {
    const line = escapeText(text)
    if (this.#options.watch) this.#io.out.line(line)
    else this.#io.err.write(`${line}\n`)
  }

  #observe({ sac_state, sac_assoc_id }: { sac_state: number; sac_assoc_id: number }): void {
    if (sac_state === linux.SCTP_COMM_UP) {
      this.#association = sac_assoc_id
      this.#onUp()
    } else if (sac_state !== linux.SCTP_RESTART && this.#association === sac_assoc_id) {
      this.#association = undefined
    }
  }

  #showMessage({ association, stream, ppid, unordered, data }: SctpMessage): void {
    if (this.#options.format === 'json') {
      this.#json({ association, stream, ppid, unordered, data: hexOf(data), text: textOf(data) })
    } else if (this.#io.out.isTerminal) this.#io.out.line(escapeText(Buffer.from(data).toString()))
    else this.#io.out.write(Buffer.concat([data, Buffer.from('\n')]))
  }

  #json(value: object): void {
    this.#io.out.line(escapeJson(JSON.stringify(value)))
  }

  /** Returns whether this ends the only association of `connect`. */
  #isEnd(received: Received): boolean {
    if (received.kind === 'message') return false
    const { notification } = received
    if (notification?.sn_type !== linux.SCTP_ASSOC_CHANGE) return false
    const why = notification.sac_cause ? `: ${notification.sac_cause.name}` : ''
    if (notification.sac_state === linux.SCTP_COMM_LOST) {
      this.#ending = new Ending(Exit.failed, `the association is lost${why}`)
    } else if (notification.sac_state === linux.SCTP_CANT_STR_ASSOC) {
      this.#ending = new Ending(Exit.failed, `the peer refuses or does not answer${why}`)
    } else return notification.sac_state === linux.SCTP_SHUTDOWN_COMP
    return true
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function textOf(data: Uint8Array): string | undefined {
  try {
    return utf8.decode(data)
  } catch {
    return undefined
  }
}

export interface PeerAddresses {
  family: 'ipv4' | 'ipv6'
  addresses: Address[]
}

/** `host:port`, `[::1]:port`; further addresses of the same end with the same port or none. */
export async function peerAddresses(texts: readonly string[]): Promise<PeerAddresses> {
  const parts = texts.map(splitAddress)
  const port = parts[0].port
  if (port === undefined) throw usage(`${texts[0]} has no port; write host:port or [address]:port`)
  const other = parts.find((part) => part.port !== undefined && part.port !== port)
  if (other) throw usage('all addresses of one end have the same port')
  const hosts = await Promise.all(parts.map(({ host }) => resolve(host)))
  return {
    family: hosts.every((host) => isIP(host) === 4) ? 'ipv4' : 'ipv6',
    addresses: hosts.map((host) => [host, port]),
  }
}

function splitAddress(text: string): { host: string; port?: number } {
  if (isIP(text) !== 0) return { host: text }
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(text)
  if (match === null) throw usage(`${text} is not an address such as 127.0.0.1:38412 or [::1]:38412`)
  const port = match[3] === undefined ? undefined : Number(match[3])
  if (port !== undefined && port > 65535) throw usage(`${port} is not a port`)
  return { host: match[1] ?? match[2], port }
}

async function resolve(host: string): Promise<string> {
  if (isIP(host) !== 0) return host
  try {
    return (await lookup(host)).address
  } catch (cause) {
    throw new TocsinError('TCN_USAGE', `there is no host ${host}`, { cause })
  }
}

const usage = (message: string) => new TocsinError('TCN_USAGE', message)
