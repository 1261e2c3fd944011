import type { Runtime } from '../../../src/event/runtime.js'
import type { ConsumerConfig, StreamConfig } from '../../../src/storage/nats/jetstream-api.js'
import { kind } from './anomalies.js'
import { Consumer } from './consumer.js'
import { Servers } from './servers.js'
import { covers, isPattern, type Stored, Stream, timeText } from './stream.js'

export interface Message {
  subject: string
  reply: string
  header: Buffer
  payload: Buffer
}

/** Takes the messages of a subject. */
export interface Interest {
  subject: string
  /** To which its connection goes; none for one that is linked to all. */
  server: string
  receive(message: Message): void
}

type Request = Record<string, unknown>

const nothing = Buffer.alloc(0)

/** A model of NATS with JetStream, as far as hubs use it. */
export class NatsModel {
  readonly runtime: Runtime
  readonly anomalies = kind()
  readonly servers: Servers
  /** A stream as its leader shows it that lacks the last messages. */
  readonly short = new Map<string, Stream>()
  readonly streams = new Map<string, Stream>()
  readonly maxPayload: number
  /** Streams of which no server becomes the leader any more: only their removal is answered. */
  readonly leaderless = new Set<string>()
  /** Called before messages of a stream are removed by request, with their places. */
  readonly purged = new Set<(stream: Stream, places: readonly number[]) => void>()
  /** Called with each place of which the message is removed alone. */
  readonly deleted = new Set<(stream: Stream, seq: number) => void>()
  /** Called with each message that is stored. */
  readonly stored = new Set<(stream: Stream, message: Stored) => void>()
  readonly #consumers = new Map<string, Consumer>()
  readonly #exact = new Map<string, Set<Interest>>()
  readonly #patterns = new Set<Interest>()

  constructor(runtime: Runtime, maxPayload = 1024 * 1024, servers = ['n1', 'n2', 'n3']) {
    this.runtime = runtime
    this.servers = new Servers(servers, () => runtime.monotonic())
    this.maxPayload = maxPayload
  }

  add(interest: Interest): void {
    if (isPattern(interest.subject)) this.#patterns.add(interest)
    else {
      const interests = this.#exact.get(interest.subject) ?? new Set()
      this.#exact.set(interest.subject, interests.add(interest))
    }
  }

  remove(interest: Interest): void {
    this.#patterns.delete(interest)
    const interests = this.#exact.get(interest.subject)
    interests?.delete(interest)
    if (interests?.size === 0) this.#exact.delete(interest.subject)
  }

  hasInterest(subject: string, from = ''): boolean {
    for (const _ of this.#interests(subject, from)) return true
    return false
  }

  /** Hands a message to those that listen to `to`, which is its subject unless a consumer delivers it. */
  deliver(message: Message, to = message.subject, from = ''): void {
    for (const { receive } of this.#interests(to, from)) receive(message)
  }

  /** `from`: the server to which the connection of the sender goes. */
  receive(message: Message, from = ''): void {
    const { subject, reply } = message
    if (subject.startsWith('$JS.API.')) this.#ask(subject.slice('$JS.API.'.length), message, from)
    else {
      const stream = [...this.streams.values()].find((each) => each.takes(subject))
      if (stream === undefined) {
        if (reply !== '' && !this.hasInterest(subject, from)) this.#status(reply, '503')
      } else if (this.#leads(from)) this.#append(stream, message)
      this.deliver(message, subject, from)
    }
  }

  /** Lets servers elect a leader, which takes so many ms. */
  elect(ms: number, done: () => void = () => undefined): void {
    const { anomalies } = this
    anomalies.noLeader++
    this.runtime.after(ms, () => {
      anomalies.noLeader--
      anomalies.subjectIndexLost = false
      this.short.clear()
      this.servers.elect()
      done()
    })
  }

  /** The consumers at a server end with it. */
  endConsumersOf(server: string): void {
    for (const [name, consumer] of this.#consumers)
      if (consumer.server === server) {
        consumer.close()
        this.#consumers.delete(name)
      }
  }

  /** The servers never agree again on who leads a stream in memory, as after all of them were killed. */
  lose(name: string): void {
    this.leaderless.add(name)
    for (const [id, consumer] of this.#consumers)
      if (consumer.stream.config.name === name) {
        consumer.close()
        this.#consumers.delete(id)
      }
  }

  /** Consumers bring what they could not bring meanwhile. */
  joined(): void {
    for (const consumer of this.#consumers.values()) consumer.push()
  }

  *#interests(subject: string, from: string): Iterable<Interest> {
    const exact = this.#exact.get(subject)
    if (exact !== undefined)
      for (const each of exact) if (this.servers.areLinked(each.server, from)) yield each
    for (const each of this.#patterns)
      if (covers(each.subject, subject) && this.servers.areLinked(each.server, from)) yield each
  }

  #leads(from: string): boolean {
    const { anomalies, servers } = this
    return anomalies.noLeader === 0 && servers.hasMajority && servers.areLinked(from, servers.leader)
  }

  #ask(call: string, message: Message, from: string): void {
    const stale = this.servers.staleAt(from)
    if (this.#leads(from)) this.#call(call, message)
    else if (stale !== undefined && /^STREAM\.(INFO|MSG\.GET)\./.test(call)) this.#call(call, message, stale)
  }

  answer(reply: string, payload: object): void {
    if (reply === '') return
    this.deliver({
      subject: reply,
      reply: '',
      header: nothing,
      payload: Buffer.from(JSON.stringify(payload)),
    })
  }

  #status(reply: string, status: string): void {
    this.deliver({ subject: reply, reply: '', header: headerOf(status), payload: nothing })
  }

  #refuse(reply: string, code: number, err_code: number, description: string): void {
    this.answer(reply, { error: { code, err_code, description } })
  }

  #append(stream: Stream, { subject, reply, header, payload }: Message): void {
    const { anomalies } = this
    const { name } = stream.config
    if (anomalies.appendLost || this.leaderless.has(name)) return
    stream.expire(this.runtime.now())
    const shown = this.short.get(name) ?? stream
    const expected = /\r\nNats-Expected-Last-Sequence: (\d+)/.exec(header.toString('latin1'))
    if (expected !== null && Number(expected[1]) !== shown.last)
      this.#refuse(reply, 400, 10071, `wrong last sequence: ${shown.last}`)
    else if (anomalies.isFull && stream.config.storage === 'file')
      this.#refuse(reply, 503, 10077, 'maximum bytes exceeded')
    else {
      // What the leader lacks is overwritten, at the other servers too.
      if (shown !== stream) this.streams.set(name, shown)
      this.short.delete(name)
      this.#store(shown, { subject, reply, header, payload })
    }
  }

  #store(stream: Stream, { subject, reply, header, payload }: Message): void {
    const { anomalies, runtime } = this
    const stored = stream.add(subject, header, payload, runtime.now())
    const { seq } = stored
    for (const listener of this.stored) listener(stream, stored)
    if (!anomalies.ackLost)
      this.#later(anomalies.ackLate, () => this.answer(reply, { stream: stream.config.name, seq }))
    for (const consumer of this.#consumers.values()) if (consumer.stream === stream) consumer.push()
  }

  #later(ms: number, run: () => void): void {
    if (ms === 0) run()
    else this.runtime.after(ms, run)
  }

  #call(
    call: string,
    { reply, payload }: Message,
    streams: ReadonlyMap<string, Stream> = this.streams,
  ): void {
    const [kind, verb, ...rest] = call.split('.')
    const isLong = verb === 'MSG' || verb === 'LEADER'
    const method = isLong ? `${kind}.${verb}.${rest.shift()}` : `${kind}.${verb}`
    const [name, consumer] = rest
    const request = (payload.length === 0 ? {} : JSON.parse(payload.toString())) as Request
    const stream = this.short.get(name) ?? streams.get(name)
    if (this.leaderless.has(name) && method !== 'STREAM.DELETE') return
    stream?.expire(this.runtime.now())
    if (method === 'STREAM.CREATE') this.#create(request as unknown as StreamConfig, reply)
    else if (stream === undefined) this.#refuse(reply, 404, 10059, 'stream not found')
    else if (method === 'STREAM.INFO')
      this.answer(reply, { ...infoOf(stream, request.subjects_filter), ts: timeText(this.runtime.now()) })
    else if (method === 'STREAM.UPDATE') {
      stream.config = request as unknown as StreamConfig
      this.answer(reply, infoOf(stream))
    } else if (method === 'STREAM.DELETE') {
      this.streams.delete(name)
      this.leaderless.delete(name)
      this.answer(reply, { success: true })
    } else if (method === 'STREAM.PURGE') this.#purge(stream, request, reply)
    else if (method === 'STREAM.MSG.GET') this.#get(stream, request, reply)
    else if (method === 'STREAM.MSG.DELETE') this.#delete(stream, Number(request.seq), reply)
    else if (method === 'STREAM.LEADER.STEPDOWN') {
      this.anomalies.subjectIndexLost = false
      this.short.delete(name)
      this.servers.elect()
      this.answer(reply, { success: true })
    } else if (method === 'CONSUMER.CREATE')
      this.#consume(stream, consumer, request.config as ConsumerConfig, reply)
    else if (method === 'CONSUMER.DELETE') {
      this.#consumers.get(consumer)?.close()
      this.#consumers.delete(consumer)
    } else if (method === 'CONSUMER.MSG.NEXT') {
      const found = this.#consumers.get(consumer)
      if (found === undefined) this.#status(reply, '503')
      else found.pull(Number(request.batch), reply, () => this.#status(reply, '404 No Messages'))
    } else this.#refuse(reply, 400, 10025, `the model has no ${method}`)
  }

  #create(config: StreamConfig, reply: string): void {
    const known = this.streams.get(config.name)
    const wanted = new Stream(config, this.runtime.now())
    const isOther = known !== undefined && JSON.stringify(known.config) !== JSON.stringify(wanted.config)
    if (known === undefined) this.streams.set(config.name, wanted)
    if (isOther) this.#refuse(reply, 400, 10058, 'stream name already in use with a different configuration')
    else this.answer(reply, infoOf(known ?? wanted))
  }

  #purge(stream: Stream, { seq, keep = 0, filter }: Request, reply: string): void {
    const chosen = [...stream.from(1, filter as string | undefined)].map((message) => message.seq)
    const going =
      seq === undefined
        ? chosen.slice(0, chosen.length - Number(keep))
        : chosen.filter((each) => each < Number(seq))
    if (going.length > 0) for (const listener of this.purged) listener(stream, going)
    for (const each of going) stream.remove(each)
    this.answer(reply, { success: true, purged: going.length })
  }

  #delete(stream: Stream, seq: number, reply: string): void {
    for (const listener of this.deleted) listener(stream, seq)
    stream.remove(seq)
    this.answer(reply, { success: true })
  }

  #get(stream: Stream, { seq, last_by_subj, next_by_subj }: Request, reply: string): void {
    const byNumber = () =>
      next_by_subj === undefined
        ? stream.messages.get(Number(seq))
        : firstOf(stream.from(Number(seq), String(next_by_subj)))
    const isHidden = last_by_subj !== undefined && this.anomalies.subjectIndexLost
    const found = last_by_subj === undefined ? byNumber() : stream.newestOf(String(last_by_subj))
    if (found === undefined || isHidden) {
      this.#refuse(reply, 404, 10037, 'no message found')
      return
    }
    const { subject, header, payload, time } = found
    const hdrs = header.length === 0 ? {} : { hdrs: header.toString('base64') }
    const message = {
      subject,
      seq: found.seq,
      ...hdrs,
      data: payload.toString('base64'),
      time: timeText(time),
    }
    this.answer(reply, { message })
  }

  /** A request that comes again makes no other consumer. */
  #consume(stream: Stream, name: string, config: ConsumerConfig, reply: string): void {
    const known = this.#consumers.get(name)
    if (known !== undefined && !known.isOf(stream, config)) {
      this.#refuse(reply, 400, 10013, 'consumer name already in use')
      return
    }
    const consumer = known ?? new Consumer(this, stream, name, config, this.anomalies.consumerBehind)
    this.#consumers.set(name, consumer)
    this.#later(this.anomalies.consumerLate, () =>
      this.answer(reply, { name, num_pending: consumer.pending }),
    )
    if (known === undefined) consumer.start(() => this.#consumers.delete(name))
  }
}

function firstOf<Item>(items: Iterable<Item>): Item | undefined {
  for (const item of items) return item
  return undefined
}

function infoOf(stream: Stream, filter?: unknown): object {
  const { config, created, state } = stream
  if (filter === undefined) return { config, created, state }
  const subjects: Record<string, number> = {}
  for (const { subject } of stream.from(1, String(filter))) subjects[subject] = (subjects[subject] ?? 0) + 1
  return { config, created, state: { ...state, subjects } }
}

export function headerOf(status: string, lines = ''): Buffer {
  return Buffer.from(`NATS/1.0 ${status}\r\n${lines}\r\n`)
}
