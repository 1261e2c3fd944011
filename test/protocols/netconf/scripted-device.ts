import type { Duplex } from 'node:stream'
import { formatTime, parseTime } from '../../../src/event/position.js'
import { finished } from '../../../src/incremental/steps.js'
import { frameMessage, NetconfFramer } from '../../../src/protocols/netconf/codec/framing.js'
import { capability } from '../../../src/protocols/netconf/codec/hello.js'
import { childOf, readXml, textAt, type XmlElement } from '../../../src/protocols/netconf/codec/xml.js'

const BASE = 'urn:ietf:params:xml:ns:netconf:base:1.0'
const ENVELOPE = 'urn:ietf:params:xml:ns:netconf:notification:1.0'
const STREAMS = 'urn:ietf:params:xml:ns:netmod:notification'

const SUBSCRIBED = 'urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications'
const PUSH = 'urn:ietf:params:xml:ns:yang:ietf-yang-push'

const REFUSED =
  '<rpc-error><error-tag>bad-element</error-tag><error-severity>error</error-severity></rpc-error>'

interface Logged {
  /** µs; the device has whole seconds only. */
  time: number
  content: string
}

/** A device as RFC 5277 or RFC 8639 describe it, with a log for replay that may forget. */
export class ScriptedDevice {
  capabilities: string[] = [capability.base10, capability.base11, capability.notification, capability.xpath]
  hasReplay = true
  /** It says when all of the past has come. */
  endsReplay = true
  /** The reply to a question for its modules. */
  library = '<data/>'
  /** The answer to the first request for a push. */
  pushRefusal: string | undefined
  /** A replay begins no earlier (RFC 8639), µs. */
  earliest = 0
  /** Its clock, µs. */
  now: number
  log: Logged[] = []
  created: number
  aged: number | undefined
  /** False for a device that does not say what its log has forgotten. */
  saysAged = true
  /** The requests that it got. */
  readonly requests: XmlElement[] = []
  /** Answers of its own to requests, by the name of the operation. */
  readonly answers = new Map<string, string>()
  /** An answer that depends on the request; undefined: one of those below. */
  answerTo: (operation: XmlElement) => string | undefined = () => undefined
  readonly #sessions = new Set<Session>()

  constructor(start = '2026-11-27T00:00:00Z') {
    this.now = parseTime(start) ?? 0
    this.created = this.now
  }

  get isDynamic(): boolean {
    return this.capabilities.some((uri) => uri.startsWith(SUBSCRIBED))
  }

  /** From now on it has RFC 8639 and RFC 8641 only. */
  makeDynamic(): this {
    this.capabilities = [capability.base10, capability.base11, SUBSCRIBED, PUSH]
    return this
  }

  /** The stream sends nothing (RFC 8639). */
  suspend(): void {
    this.state('suspended', '<reason>insufficient-resources</reason>')
    for (const session of this.#sessions) session.isSuspended = true
  }

  resume(): void {
    for (const session of this.#sessions) session.isSuspended = false
    this.state('resumed')
  }

  /** Says something about the subscription to the stream. */
  state(name: string, more = ''): void {
    for (const session of this.#sessions)
      if (session.isSubscribed)
        this.say(
          `<subscription-${name} xmlns="${SUBSCRIBED}"><id>${session.id}</id>${more}</subscription-${name}>`,
        )
  }

  /** Sends it in each session, and does not keep it. */
  say(content: string, time = this.second): void {
    for (const session of this.#sessions) session.notify({ time, content })
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
    for (const session of this.#sessions)
      if (session.isSubscribed && !session.isSuspended) session.notify(logged)
  }

  get second(): number {
    return Math.floor(this.now / 1e6) * 1e6
  }

  /** Only the newest remain in the log; at least one if it does not say what it lacks. */
  forget(count: number): void {
    const gone = this.log.splice(0, this.saysAged ? count : Math.min(count, this.log.length - 1))
    if (this.saysAged) this.aged = gone.at(-1)?.time ?? this.aged
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
    if (this.isDynamic) return this.#dynamicStreams()
    const aged =
      this.aged === undefined ? '' : `<replayLogAgedTime>${formatTime(this.aged)}</replayLogAgedTime>`
    const log = `<replayLogCreationTime>${formatTime(this.created)}</replayLogCreationTime>${aged}`
    return `<data><netconf xmlns="${STREAMS}"><streams><stream><name>NETCONF</name><replaySupport>${this.hasReplay}</replaySupport>${this.hasReplay ? log : ''}</stream></streams></netconf></data>`
  }

  #dynamicStreams(): string {
    const aged =
      this.aged === undefined ? '' : `<replay-log-aged-time>${formatTime(this.aged)}</replay-log-aged-time>`
    const replay = `<replay-support/><replay-log-creation-time>${formatTime(this.created)}</replay-log-creation-time>${aged}`
    return `<data><streams xmlns="${SUBSCRIBED}"><stream><name>NETCONF</name>${this.hasReplay ? replay : ''}</stream></streams></data>`
  }
}

class Session {
  /** The number of its subscription to a stream. */
  id = 21
  readonly stream: Duplex
  isSubscribed = false
  isSuspended = false
  readonly #device: ScriptedDevice
  readonly #framer = new NetconfFramer(1e6)
  #hasHello = false
  #pushes = 1010

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
    const own = this.#device.answerTo(operation) ?? this.#device.answers.get(name)
    if (own !== undefined) this.#answer(id, own)
    else if (childOf(operation.children[0], 'yang-library')) this.#answer(id, this.#device.library)
    else if (name === 'get') this.#answer(id, this.#device.streams())
    else if (name === 'create-subscription') this.#subscribe(id, operation)
    else if (name === 'establish-subscription') this.#establish(id, operation)
    else if (name === 'delete-subscription') this.#delete(id)
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
    if (start !== undefined && this.#device.endsReplay)
      this.notify({ time: this.#device.second, content: `<replayComplete xmlns="${STREAMS}"/>` })
  }

  #establish(id: string, operation: XmlElement): void {
    if (textAt(operation, 'stream') === undefined) {
      const { pushRefusal = `<id xmlns="${SUBSCRIBED}">${++this.#pushes}</id>` } = this.#device
      this.#device.pushRefusal = undefined
      this.#answer(id, pushRefusal)
      return
    }
    const start = parseTime(textAt(operation, 'replay-start-time') ?? '')
    if (start !== undefined && start > this.#device.now) {
      this.#answer(id, REFUSED)
      return
    }
    this.isSubscribed = true
    const { created, earliest, log } = this.#device
    const first = Math.max(created, earliest)
    const revised =
      start === undefined || start >= first
        ? ''
        : `<replay-start-time-revision xmlns="${SUBSCRIBED}">${formatTime(first)}</replay-start-time-revision>`
    this.#answer(id, `<id xmlns="${SUBSCRIBED}">${++this.id}</id>${revised}`)
    if (start === undefined) return
    for (const logged of log.filter(({ time }) => time >= start)) this.notify(logged)
    if (!this.#device.endsReplay) return
    const content = `<replay-completed xmlns="${SUBSCRIBED}"><id>${this.id}</id></replay-completed>`
    this.notify({ time: this.#device.second, content })
  }

  #delete(id: string): void {
    this.isSubscribed = false
    this.#answer(id, '<ok/>')
  }
}
