import type { Duplex } from 'node:stream'
import { formatTime, parseTime } from '../../../src/event/position.js'
import { finished } from '../../../src/incremental/steps.js'
import { frameMessage, NetconfFramer } from '../../../src/protocols/netconf/codec/framing.js'
import { capability } from '../../../src/protocols/netconf/codec/hello.js'
import { readXml, textAt, type XmlElement } from '../../../src/protocols/netconf/codec/xml.js'

const BASE = 'urn:ietf:params:xml:ns:netconf:base:1.0'
const ENVELOPE = 'urn:ietf:params:xml:ns:netconf:notification:1.0'
const STREAMS = 'urn:ietf:params:xml:ns:netmod:notification'

const REFUSED =
  '<rpc-error><error-tag>bad-element</error-tag><error-severity>error</error-severity></rpc-error>'

interface Logged {
  /** µs; the device has whole seconds only. */
  time: number
  content: string
}

/** A device as RFC 5277 describes it, with a log for replay that may forget. */
export class ScriptedDevice {
  capabilities: string[] = [capability.base10, capability.base11, capability.notification, capability.xpath]
  hasReplay = true
  /** Its clock, µs. */
  now: number
  log: Logged[] = []
  created: number
  aged: number | undefined
  /** The requests that it got. */
  readonly requests: XmlElement[] = []
  /** Answers of its own to requests, by the name of the operation. */
  readonly answers = new Map<string, string>()
  readonly #sessions = new Set<Session>()

  constructor(start = '2026-11-27T00:00:00Z') {
    this.now = parseTime(start) ?? 0
    this.created = this.now
  }

  serve(stream: Duplex): void {
    const session = new Session(this, stream)
    this.#sessions.add(session)
    stream.once('close', () => this.#sessions.delete(session))
    stream.on('error', () => {})
  }

  get subscribers(): number {
    return [...this.#sessions].filter(({ isSubscribed }) => isSubscribed).length
  }

  /** Something happens. */
  emit(content: string): void {
    const logged = { time: this.second, content }
    this.log.push(logged)
    for (const session of this.#sessions) if (session.isSubscribed) session.notify(logged)
  }

  get second(): number {
    return Math.floor(this.now / 1e6) * 1e6
  }

  /** Only the newest remain in the log. */
  forget(count: number): void {
    const gone = this.log.splice(0, count)
    this.aged = gone.at(-1)?.time ?? this.aged
  }

  drop(): void {
    for (const { stream } of this.#sessions) stream.end()
    this.#sessions.clear()
  }

  /** As with a device that keeps its log in memory. */
  restart(): void {
    this.drop()
    this.log = []
    this.aged = undefined
    this.created = this.second
  }

  streams(): string {
    const aged =
      this.aged === undefined ? '' : `<replayLogAgedTime>${formatTime(this.aged)}</replayLogAgedTime>`
    const log = `<replayLogCreationTime>${formatTime(this.created)}</replayLogCreationTime>${aged}`
    return `<data><netconf xmlns="${STREAMS}"><streams><stream><name>NETCONF</name><replaySupport>${this.hasReplay}</replaySupport>${this.hasReplay ? log : ''}</stream></streams></netconf></data>`
  }
}

class Session {
  readonly stream: Duplex
  isSubscribed = false
  readonly #device: ScriptedDevice
  readonly #framer = new NetconfFramer(1e6)
  #hasHello = false

  constructor(device: ScriptedDevice, stream: Duplex) {
    this.#device = device
    this.stream = stream
    const capabilities = device.capabilities.map((each) => `<capability>${each}</capability>`).join('')
    this.#send(
      `<hello xmlns="${BASE}"><capabilities>${capabilities}</capabilities><session-id>1</session-id></hello>`,
    )
    stream.on('data', (bytes: Buffer) => {
      this.#framer.feed(bytes)
      for (let message = this.#framer.next(); message !== undefined; message = this.#framer.next())
        this.#take(finished(readXml(message.bytes)))
    })
  }

  notify({ time, content }: Logged): void {
    this.#send(
      `<notification xmlns="${ENVELOPE}"><eventTime>${formatTime(time).slice(0, 19)}Z</eventTime>${content}</notification>`,
    )
  }

  #send(text: string): void {
    if (!this.stream.destroyed) this.stream.write(frameMessage(text, this.#framer.isChunked))
  }

  #take(message: XmlElement): void {
    if (!this.#hasHello) {
      this.#hasHello = true
      this.#framer.isChunked = this.#device.capabilities.includes(capability.base11)
      return
    }
    const id = message.attributes.find(({ name }) => name === 'message-id')?.value ?? ''
    const [operation] = message.children
    this.#device.requests.push(operation)
    this.#reply(id, operation)
  }

  #reply(id: string, operation: XmlElement): void {
    const { name } = operation
    const own = this.#device.answers.get(name)
    if (own !== undefined) this.#answer(id, own)
    else if (name === 'get') this.#answer(id, this.#device.streams())
    else if (name === 'create-subscription') this.#subscribe(id, operation)
    else this.#answer(id, '<ok/>')
    if (name === 'close-session') this.stream.end()
  }

  #answer(id: string, content: string): void {
    if (content === '') return
    this.#send(`<rpc-reply xmlns="${BASE}" message-id="${id}">${content}</rpc-reply>`)
  }

  /** Part of the replay comes before the reply, as from genuine devices. */
  #subscribe(id: string, operation: XmlElement): void {
    const start = parseTime(textAt(operation, 'startTime') ?? '')
    if (start !== undefined && start > this.#device.now) {
      this.#answer(id, REFUSED)
      return
    }
    this.isSubscribed = true
    const replay = start === undefined ? [] : this.#device.log.filter(({ time }) => time >= start)
    for (const logged of replay.slice(0, 2)) this.notify(logged)
    this.#answer(id, '<ok/>')
    for (const logged of replay.slice(2)) this.notify(logged)
    if (start !== undefined)
      this.notify({ time: this.#device.second, content: `<replayComplete xmlns="${STREAMS}"/>` })
  }
}
