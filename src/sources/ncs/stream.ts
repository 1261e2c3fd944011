import { z } from 'zod'
import { formatTime, parseTime } from '../../event/position.js'
import type { Runtime } from '../../event/runtime.js'
import { tagSegment } from '../../event/tag.js'
import type { LongWork } from '../../incremental/long-work.js'
import type { AttachedLine } from '../../protocols/ncs/attached/lines.js'
import { standardModules } from '../../protocols/netconf/codec/namespaces.js'
import { readNotification } from '../../protocols/netconf/codec/notification.js'
import { isLongXml, readXml } from '../../protocols/netconf/codec/xml.js'
import type { NetconfEventData } from '../../types/host/netconf.js'
import { dataOfNotification } from '../notifications/event-data.js'
import { digestOf, MAX_RECENT, ReplayPosition } from '../notifications/replay-position.js'
import type { NcsStreamConfig } from './config.js'

/** A refusal holds for as long, µs: each one ends the source, and NSO may keep the stream by then. */
const REFUSED_FOR = 24 * 3600 * 1_000_000

const refusal = z.object({ refused: z.number().optional().catch(undefined) })

export interface StreamEvent {
  /** The name of the notification, as the last part of a tag. */
  readonly path: string
  readonly data: NetconfEventData
  readonly digest: string
  readonly time: number | undefined
  /** Where it is found again. */
  readonly place: string
  readonly bytes: Buffer
}

/** The replay of a stream, or the stream itself, has ended. */
export type StreamOver = Extract<AttachedLine, { over: string }>

export function endOfStream({ stream, reason = '' }: StreamOver): Error {
  return new Error(`NSO has ended the stream ${stream}${reason === '' ? '' : `: ${reason}`}`)
}

/** A stream of NSO: where its replay begins, and what of it has come before. */
export class NcsStream {
  readonly name: string
  repeats = 0
  readonly #config: NcsStreamConfig
  readonly #runtime: Pick<Runtime, 'now'>
  #position: ReplayPosition
  /** When NSO has refused a replay, µs. */
  #refused: number | undefined
  /** False while that is not long ago. It is decided at each start. */
  #isReplayed: boolean
  /** False until the replay is over. */
  #isLive = false

  /** `kept`: the position as `write` has returned it. Throws if it is none. */
  constructor(config: NcsStreamConfig, runtime: Pick<Runtime, 'now'>, kept?: unknown) {
    this.name = config.name
    this.#config = config
    this.#runtime = runtime
    this.#position = kept === undefined ? new ReplayPosition() : ReplayPosition.read(kept)
    this.#refused = kept === undefined ? undefined : refusal.parse(kept).refused
    const age = runtime.now() - (this.#refused ?? Number.NEGATIVE_INFINITY)
    this.#isReplayed = age < 0 || age >= REFUSED_FOR
  }

  /** `share`: the number of streams that share a position. */
  write(share = 1): object {
    return {
      ...this.#position.write(Math.floor(MAX_RECENT / share)),
      refused: this.#refused,
    }
  }

  /** When the stream was last read, µs; undefined if it never was. */
  get since(): number | undefined {
    return this.#position.since
  }

  /** From where on NSO is to send again; undefined: the stream begins now. */
  get start(): number | undefined {
    return this.#isReplayed ? (this.#position.start ?? this.#first) : undefined
  }

  get #first(): number | undefined {
    const { from } = this.#config
    if (from === 'now') return undefined
    return from === 'start' ? 0 : parseTime(from)
  }

  /** The socket is connected, since `at`, µs. Returns whether something may be missing that is not sent again. */
  begin(at: number): boolean {
    if (this.start !== undefined) {
      this.#position.beginReplay()
      return false
    }
    this.#position = this.#position.afresh()
    this.#position.endReplay(at, at)
    this.#isLive = true
    return !this.#isReplayed
  }

  /** All of the stream has been read until then, µs. During a replay, that says nothing of what may be missing. */
  seen(at: number): void {
    // NSO does not say when its log begins, so that no time of its own is compared.
    if (this.#isLive) this.#position.connected(at, at, 0)
  }

  /** The past has been sent, until `at`, µs. Returns whether NSO has forgotten something of it. */
  endReplay(at: number): boolean {
    const hasForgotten = this.#position.lacksNewest
    this.#refused = undefined
    this.#position.endReplay(undefined, at)
    this.#isLive = true
    this.seen(at)
    return hasForgotten
  }

  /** The starts of the next day are without a replay. */
  refuse(): void {
    this.#refused = this.#runtime.now()
    this.#isReplayed = false
  }

  /** Reads a notification in XML; undefined for one that has come before. Rejects for what is none. */
  async read(
    xml: string,
    { longWork, largestFrame }: { longWork: LongWork; largestFrame: number },
  ): Promise<StreamEvent | undefined> {
    const bytes = Buffer.from(xml)
    const work = `ncs/${this.name}`
    const isShort = !isLongXml(bytes)
    const message = await longWork.settle(work, readXml(bytes), isShort)
    const notification = await longWork.settle(work, readNotification(message, standardModules), isShort)
    const digest = digestOf(notification, bytes)
    if (this.#position.isRepeat(digest)) {
      this.repeats++
      return undefined
    }
    const form = { height: message.height, bytes, raw: false, largestFrame }
    return {
      path: tagSegment(notification.name),
      data: { ...dataOfNotification(notification, form), stream: this.name },
      digest,
      time: notification.time,
      place: `${this.name} ${notification.time === undefined ? '' : formatTime(notification.time)} ${digest}`,
      bytes,
    }
  }

  /** The event is published. */
  record({ time, digest }: StreamEvent): void {
    this.#position.record(time, digest, this.#runtime.now())
  }
}
