import type { TocsinError } from '../errors/tocsin-error.js'
import type { Cancel } from '../event/runtime.js'
import type { Retention } from '../log/event-log.js'
import { Boundary } from '../parts/boundary.js'
import { JetStreamApi, type StreamConfig } from '../storage/nats/jetstream-api.js'
import type { NatsLink } from '../storage/nats/link.js'
import { toNatsError } from '../storage/nats/nats-error.js'
import { keyValueConfig } from '../storage/nats/stream-config.js'
import { StreamFeed } from '../storage/nats/stream-feed.js'

/** Interval at which a hub reports that it is alive, ms. */
const BEAT_MS = 2000
/**
 * Beats of this hub without a message from another hub after which the other hub counts as dead. Only beats that have come back to
 * this hub count: one that stood still itself, or was cut off from NATS, knows nothing of the others.
 */
const SILENT_BEATS = 4
/** Age of a record by which its hub is dead, ms. */
const STALE_MS = 7000
const RETRY_MS = 1000
/** A bucket that takes nothing of this hub for longer is of no use. Servers that start again need up to 13 s to elect, ms. */
const USELESS_MS = 30_000
/**
 * Time for which a hub that has gone silently is known, ms: also to hubs that start meanwhile, since the bucket keeps
 * its record as long. Clients need up to 180 s to notice that their hub stands still.
 */
export const REMEMBERED_MS = 200_000
const MAX_MEMBERS = 1000
/** Age of the oldest record at which each hub that runs has written one, ms. */
const COMPLETE_MS = 2500
const MAX_GATES = 100
const MAX_GATE_NAME = 4096

/** A hub of the cluster, as it describes itself. */
export interface Member {
  /** Different for each start of a hub. */
  id: string
  name: string
  /** Where clients reach it. */
  address?: string
  version: string
  /** Seq of the last event that it has. */
  position: number
  /** The term that it leads; 0 if it is not the primary. */
  term: number
  /** NATS has refused what it was to store last, since there is no room. */
  isFull?: true
  /** The gates that have subscribers at it. */
  gates?: readonly string[]
  /** The retention of the log by its configuration. */
  retention?: Retention
  /** By how much its clock is ahead of that of the server that stored its record, µs. */
  ahead?: number
}

/** The record that a hub writes about itself. */
interface Written extends Member {
  left?: boolean
  /** Number of the record. */
  told: number
  /** Its clock, µs. */
  clock?: number
}

export interface MemberEvents {
  arrived(member: Member): void
  /** Called each time a hub says where it is. */
  moved(member: Member): void
  /** `stopped`: it has said so. */
  died(member: Member, reason: 'silent' | 'stopped'): void
  /** Called with a hub that was silent already when this one began, `ms` after its last word. */
  wasSilent?(member: Member, ms: number): void
}

export interface MembersOptions {
  link: NatsLink
  prefix: string
  replicas: number
  /** Returns the entry of this hub. */
  self(): Member
}

export function membersConfig({
  prefix,
  replicas,
}: Pick<MembersOptions, 'prefix' | 'replicas'>): StreamConfig {
  return keyValueConfig({
    name: `KV_${prefix}_members`,
    subject: `$KV.${prefix}_members.>`,
    storage: 'memory',
    replicas,
    maxAge: REMEMBERED_MS * 1e6,
    duplicateWindow: Math.min(REMEMBERED_MS, 120_000) * 1e6,
  })
}

/** The hubs of the cluster, by what each of them writes into a bucket of NATS every two seconds. */
export class Members {
  readonly #options: MembersOptions
  readonly #api: JetStreamApi
  readonly #boundary = new Boundary('upkeep', 'members of the cluster', () => undefined)
  readonly #stream: string
  readonly #subject: string
  readonly #heard = new Map<string, { member: Member; beat: number }>()
  /** Records of hubs that came before the time of the server was known. */
  readonly #early = new Map<string, { member: Written; time: number }>()
  /** The time of the server when this hub last heard of itself, µs, and when that was, ms (monotonic). */
  #server: { time: number; at: number } | undefined
  #ahead = 0
  #events: MemberEvents = { arrived: () => undefined, moved: () => undefined, died: () => undefined }
  #feed: StreamFeed | undefined
  /** Why this hub does not know of the others; undefined if it follows their bucket. */
  fault: TocsinError | undefined
  #cancelBeat: Cancel = () => undefined
  #beats = 0
  /** True if a record of this hub has come back since its last beat. */
  #isHeard = false
  /** When a record of this hub has come back last, monotonic ms; before the first, when it began. */
  #heardAt: number
  /** Number of the last record of this hub. */
  #told = 0
  /** Callers that wait for a record of this hub with this number, or a later one. */
  #awaited: { told: number; done(): void }[] = []
  /** The call of `inStep` under way, and the one that all share that came after it. */
  #looking: Promise<void> = Promise.resolve()
  #nextLook: Promise<void> | undefined
  /** When the oldest record was written that the bucket has brought, µs. A bucket that was emptied has none of before. */
  #oldest = Number.POSITIVE_INFINITY
  #isClosed = false

  constructor(options: MembersOptions) {
    this.#options = options
    this.#api = new JetStreamApi(options.link)
    this.#heardAt = options.link.runtime.monotonic()
    this.#stream = membersConfig(options).name
    this.#subject = `$KV.${options.prefix}_members`
  }

  /** Those that are alive, this hub included, by name. */
  get list(): Member[] {
    const self = this.#options.self()
    const others = [...this.#heard.values()].map(({ member }) => member)
    return [...others, { ...self, ahead: this.#ahead }].sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  /** Seq of the last event that any of them has. */
  get furthest(): number {
    return Math.max(...this.list.map(({ position }) => position))
  }

  start(events: MemberEvents): void {
    this.#events = events
    void this.#follow()
    this.#beat()
  }

  /** Says that this hub leaves. `term`: which it has led until now, so that the others know that a primary has gone; else 0. */
  stop(term = 0): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#cancelBeat()
    this.#feed?.close()
    this.#write({ ...this.#options.self(), term, left: true })
  }

  /**
   * Resolves when a record that this hub writes after the call has come back: it then knows all that the bucket has had
   * before, and each hub that does the same from then on knows this record. A hub whose servers are apart from the
   * majority waits for as long as they are.
   */
  heard(): Promise<void> {
    return new Promise((done) => {
      this.#awaited.push({ told: this.#told + 1, done })
      this.tell()
    })
  }

  /** As `heard`, and also until a bucket that is new, as after a restart of all servers, has the records of all hubs again. */
  inStep(): Promise<void> {
    this.#nextLook ??= this.#looking.then(() => {
      this.#nextLook = undefined
      this.#looking = this.#whole()
      return this.#looking
    })
    return this.#nextLook
  }

  /** Tells the others at once what has changed about this hub. */
  tell(): void {
    if (!this.#isClosed) this.#write(this.#options.self())
  }

  /**
   * Removes a bucket that has taken nothing of this hub for long, so that the hubs make another: servers that were all
   * killed may never agree again on who leads what they had in memory. For one hub at a time.
   */
  mend(): void {
    const now = this.#options.link.runtime.monotonic()
    if (this.#isClosed || now - this.#heardAt < USELESS_MS) return
    this.#heardAt = now
    void this.#api.remove(this.#stream).catch(() => undefined)
  }

  async #whole(): Promise<void> {
    const { runtime } = this.#options.link
    for (;;) {
      await this.heard()
      const rest = COMPLETE_MS - (this.#serverNow - this.#oldest) / 1000
      if (rest <= 0) return
      await new Promise<void>((resolve) => void runtime.after(rest, resolve))
    }
  }

  #beat(): void {
    this.tell()
    if (this.#options.self().term > 0) this.mend()
    if (this.#isHeard) this.#beats++
    this.#isHeard = false
    const oldest = this.#beats - SILENT_BEATS
    for (const { member, beat } of [...this.#heard.values()])
      if (beat < oldest) this.#remove(member, 'silent')
    this.#cancelBeat = this.#options.link.runtime.after(BEAT_MS, () => this.#beat())
  }

  /** A record that is lost on the way is written again soon. */
  #write(record: Member & { left?: true }): void {
    const written: Written = { ...record, told: ++this.#told, clock: this.#options.link.runtime.now() }
    this.#options.link.publish(`${this.#subject}.${record.id}`, Buffer.from(JSON.stringify(written)))
  }

  /** Reads the bucket, which is created if there is none, until the hub stops. */
  async #follow(): Promise<void> {
    const { link } = this.#options
    try {
      const { created } = await this.#api.ensure(membersConfig(this.#options))
      if (this.#isClosed) return
      this.#oldest = Number.POSITIVE_INFINITY
      const feed = new StreamFeed({
        link,
        api: this.#api,
        stream: this.#stream,
        created,
        from: 1,
        newestOf: `${this.#subject}.>`,
        received: ({ payload }, { time }) => this.#receive(payload, time),
        compared: ({ state }, delivered) => {
          if (state.last_seq < delivered) this.#followAgain(feed)
        },
        replaced: () => void this.#follow(),
      })
      this.#feed = feed
      this.fault = undefined
      this.tell()
    } catch (thrown) {
      this.#noteFault(toNatsError(thrown))
      link.runtime.after(RETRY_MS, () => void (this.#isClosed || this.#follow()))
    }
  }

  #noteFault(error: TocsinError): void {
    if (error.message !== this.fault?.message) this.#boundary.note(error)
    this.fault = error
  }

  /** Servers that are all restarted have lost what is in memory, and number records from the beginning. */
  #followAgain(feed: StreamFeed): void {
    if (feed !== this.#feed) return
    feed.close()
    this.#feed = undefined
    void this.#follow()
  }

  #receive(payload: Uint8Array, time: number): void {
    this.#oldest = Math.min(this.#oldest, time)
    const member = memberOf(payload)
    if (member === undefined) return
    member.ahead = (member.clock ?? time) - time
    if (member.id === this.#options.self().id) {
      this.#isHeard = true
      this.#heardAt = this.#options.link.runtime.monotonic()
      this.#ahead = member.ahead
      this.#server = { time, at: this.#options.link.runtime.monotonic() }
      for (const { member, time } of this.#early.values()) this.#heardOf(member, time)
      this.#early.clear()
      this.#heardOwn(member.told)
    } else if (this.#server !== undefined) this.#heardOf(member, time)
    else if (this.#early.size < MAX_MEMBERS) this.#early.set(member.id, { member, time })
  }

  #heardOf(member: Written, time: number): void {
    const known = this.#heard.get(member.id)
    if (member.left) {
      if (known !== undefined) this.#remove({ ...known.member, term: member.term }, 'stopped')
      return
    }
    const silence = (this.#serverNow - time) / 1000
    if (known === undefined && silence > STALE_MS) {
      // An earlier run of this hub has gone with its connections.
      if (member.name !== this.#options.self().name) this.#events.wasSilent?.(member, silence)
      return
    }
    if (known === undefined && this.#heard.size >= MAX_MEMBERS) return
    this.#heard.set(member.id, { member, beat: this.#beats })
    if (known === undefined) this.#events.arrived(member)
    this.#events.moved(member)
  }

  /** The time by the clock of the servers, µs. Those of hubs may be wrong. */
  get #serverNow(): number {
    const { time, at } = this.#server ?? { time: 0, at: 0 }
    return time + (this.#options.link.runtime.monotonic() - at) * 1000
  }

  #heardOwn(told: number): void {
    const arrived = this.#awaited.filter((each) => each.told <= told)
    this.#awaited = this.#awaited.filter((each) => each.told > told)
    for (const { done } of arrived) done()
  }

  #remove(member: Member, reason: 'silent' | 'stopped'): void {
    this.#heard.delete(member.id)
    this.#events.died(member, reason)
  }
}

function memberOf(payload: Uint8Array): Written | undefined {
  try {
    const { id, name, address, version, position, term, isFull, left, told, clock, ...rest } = JSON.parse(
      Buffer.from(payload).toString(),
    )
    const isWhole =
      [id, name, version].every((text) => typeof text === 'string' && text !== '' && text.length <= 255) &&
      [position, term].every((value) => Number.isSafeInteger(value) && value >= 0)
    if (!isWhole) return undefined
    const where = typeof address === 'string' && address.length <= 255 ? { address } : {}
    const marks = { ...(isFull === true && { isFull }), ...(left === true && { left }) }
    const answering = gatesOf(rest.gates)
    const retention = retentionOf(rest.retention)
    return {
      ...{ id, name, version, position, term, ...where, ...marks },
      told: Number.isSafeInteger(told) ? told : 0,
      ...(Number.isSafeInteger(clock) && { clock }),
      ...(retention !== undefined && { retention }),
      ...(answering.length > 0 && { gates: answering }),
    }
  } catch {
    return undefined
  }
}

function gatesOf(gates: unknown): string[] {
  if (!Array.isArray(gates) || gates.length > MAX_GATES) return []
  return gates.filter((gate) => typeof gate === 'string' && gate.length <= MAX_GATE_NAME)
}

function retentionOf(retention: unknown): Retention | undefined {
  if (typeof retention !== 'object' || retention === null) return undefined
  const { age, bytes, count } = retention as Retention
  const isLimit = (limit: unknown) => limit === undefined || (Number.isSafeInteger(limit) && limit !== 0)
  return [age, bytes, count].every(isLimit) ? { age, bytes, count } : undefined
}
