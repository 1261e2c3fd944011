import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { NetconfNotification } from '../../protocols/netconf/codec/notification.js'
import type { NetconfStream } from '../../protocols/netconf/codec/subscription.js'

/** Devices may send notifications a little out of order, and some have whole seconds only, µs. */
const WINDOW = 2_000_000
const SECOND = 1_000_000
/** Notifications within the window that are known again. Each takes 32 bytes of a position, which has at most 512 KiB. */
export const MAX_RECENT = 15_000
/** A connection may have been lost, or stood still, for as long before that is noticed, µs. */
const UNNOTICED = 40_000_000
/** A full log has at least this number of notifications. */
const FULL_LOG = 100
/** Awaited of a replay that fills such a log, while no notification is known that it should repeat. */
const UNKNOWN = ''
/** From this length on, the bytes are compared and not their meaning. */
const LONG_BYTES = 16 * 1024

const stored = z.object({
  /** When the log of the device was created, µs. */
  created: z.number().optional(),
  /** Time of the newest notification by the clock of the device, µs. */
  time: z.number().optional(),
  /** All that the device sent until then has come, by its clock. */
  alive: z.number().optional(),
  /** The same by the clock of the hub. */
  since: z.number().optional(),
  /** Digests of the notifications of the window, with their times. */
  recent: z.array(z.tuple([z.number(), z.array(z.string())])).default([]),
  /** The digest that a replay which was interrupted has not repeated. */
  awaited: z.string().optional(),
})

/** The log of a device. */
type KeptLog = Partial<Pick<NetconfStream, 'logCreated' | 'logAged'>>

interface Recent {
  time: number
  digest: string
}

/** The place in the log of a device up to which its notifications have been published. */
export class ReplayPosition {
  #created: number | undefined
  #time: number | undefined
  #alive: number | undefined
  #since: number | undefined
  #recent: Recent[] = []
  /** The number of times that a replay may repeat each notification of the window. */
  #expected: Map<string, number> | undefined
  /** The notification that a replay must repeat, unless the log has forgotten it. Kept until a replay is over. */
  #awaited: string | undefined
  /** Notifications of a replay of which nothing is known that it should repeat. */
  #unanchored: number | undefined
  /** Notifications that were missed still come. */
  #isBehind = false
  /** The clock of the device is as much ahead of the monotonic clock of the hub, µs. */
  #ahead: number | undefined
  /** When a notification last waited to be published, by the clock of the hub, µs. */
  #waited: number | undefined

  /** Throws if the value is not a position. */
  static read(value: unknown): ReplayPosition {
    const { created, time, alive, since, recent, awaited } = stored.parse(value)
    const position = new ReplayPosition()
    position.#created = created
    position.#time = time
    position.#alive = alive
    position.#since = since
    position.#awaited = awaited
    position.#recent = recent.flatMap(([time, digests]) => digests.map((digest) => ({ time, digest })))
    return position
  }

  /** `most`: notifications of the window that are written, the newest. */
  write(most = MAX_RECENT): z.input<typeof stored> {
    const byTime: [number, string[]][] = []
    for (const { time, digest } of this.#recent.slice(-most)) {
      const last = byTime.at(-1)
      if (last?.[0] === time) last[1].push(digest)
      else byTime.push([time, [digest]])
    }
    return {
      created: this.#created,
      time: this.#time,
      alive: this.#alive,
      since: this.#since,
      recent: byTime,
      awaited: this.#awaited,
    }
  }

  /** All that the device sent until then has come, by the clock of the hub, µs; undefined before the first time. */
  get since(): number | undefined {
    return this.#since
  }

  /** From where on the device must send again; undefined if nothing is known of its log. */
  get start(): number | undefined {
    if (this.#time === undefined) return undefined
    return Math.max(0, Math.floor((this.#time - WINDOW) / SECOND) * SECOND)
  }

  /** Returns whether the log of the device lacks something that has not come, and begins at that log if so. */
  hasForgotten({ logCreated, logAged }: KeptLog): boolean {
    const isOther = this.#created !== undefined && logCreated !== undefined && logCreated !== this.#created
    const known = Math.max(this.#time ?? 0, this.#alive ?? 0)
    // A log that is seen for the first time begins where it was created.
    const aged =
      this.#created === undefined && logCreated !== undefined
        ? Math.max(logAged ?? 0, logCreated - 1)
        : logAged
    // With whole seconds, what was forgotten may be of the same second as what has come.
    const isCut = this.#time !== undefined && aged !== undefined && aged >= known
    if (isOther) this.#begin(logCreated)
    // The last one that had come may be gone too, and is not awaited of the next replay.
    else if (isCut) this.#time = this.#alive = aged + 1
    this.#created = logCreated ?? this.#created
    return isOther || isCut
  }

  /** Returns a position in the same log, before which nothing is known. */
  afresh(): ReplayPosition {
    const position = new ReplayPosition()
    position.#created = this.#created
    position.#since = this.#since
    return position
  }

  /** The replay begins. `awaitsNewest`: false if the device itself says what its log has forgotten. */
  beginReplay(awaitsNewest = true): void {
    this.#isBehind = true
    this.#expected = new Map()
    for (const { digest } of this.#recent) this.#expected.set(digest, (this.#expected.get(digest) ?? 0) + 1)
    this.#awaited ??= this.#recent.findLast(({ time }) => time === this.#time)?.digest
    if (!awaitsNewest) this.#awaited = undefined
    const isUnanchored = awaitsNewest && this.#awaited === undefined && this.#since !== undefined
    this.#unanchored = isUnanchored ? 0 : undefined
  }

  /**
   * Returns whether a replay has not repeated the newest notification: the log has forgotten it, and maybe others. Also
   * true where no notification had come, and the replay may have sent a full log.
   */
  get lacksNewest(): boolean {
    return this.#expected !== undefined && this.#awaited !== undefined
  }

  /** The log has forgotten the newest notification, and with it all before it that the replay has not repeated. */
  forget(): void {
    const gone = this.#expected ?? new Map<string, number>()
    this.#recent = this.#recent.filter(({ digest }) => {
      const count = gone.get(digest) ?? 0
      gone.set(digest, count - 1)
      return count <= 0
    })
  }

  /** Returns whether it has come before. */
  isRepeat(digest: string): boolean {
    const count = this.#expected?.get(digest) ?? 0
    if (count === 0) return false
    this.#expected?.set(digest, count - 1)
    if (count === 1 && digest === this.#awaited) this.#awaited = undefined
    return true
  }

  /** All of the past has come, until this time by the clock of the device. `monotonic`: µs. */
  endReplay(time: number | undefined, monotonic: number): void {
    this.catchUp()
    this.#expected = undefined
    this.#awaited = undefined
    if (time === undefined) return
    // The next replay begins at the newest notification, by which it is known whether the log still has it.
    if (this.#isSetBack(time) || this.#recent.length === 0) this.#moveTo(time)
    else this.#alive = Math.max(this.#alive ?? 0, time)
    this.#ahead = time - monotonic
  }

  /** All of the past seems to have come, though the device does not say so. */
  catchUp(): void {
    this.#isBehind = false
    this.#unanchored = undefined
  }

  /** All that was missed until now is reported as lost: another gap begins here. */
  reported(now: number): void {
    this.#since = now
    this.#awaited = undefined
    this.#unanchored = undefined
  }

  /** `monotonic`: µs, by which the time of the device continues, as the clock of the hub may be set. */
  record(time: number | undefined, digest: string, monotonic: number): void {
    const at = time ?? this.#time ?? 0
    if (this.#unanchored !== undefined && ++this.#unanchored >= FULL_LOG) this.#awaited = UNKNOWN
    this.#recent.push({ time: at, digest })
    this.#moveTo(at)
    if (time === undefined || this.#expected !== undefined) return
    this.#ahead = Math.max(this.#ahead ?? Number.NEGATIVE_INFINITY, time - monotonic)
  }

  /** A notification has come, and is not published yet. */
  wait(now: number): void {
    this.#waited = now
  }

  /** True if what comes now may stand behind a notification that waited, and was sent long ago. */
  hasWaited(now: number): boolean {
    if (this.#waited === undefined) return false
    // The clock may have been set back.
    this.#waited = Math.min(this.#waited, now)
    return now - this.#waited < UNNOTICED
  }

  /** The device is connected now. What it has sent in the last µs of `onItsWay` may still be lost with the connection. */
  connected(now: number, monotonic: number, onItsWay = UNNOTICED): void {
    if (this.#isBehind) return
    if (this.hasWaited(now)) return
    this.#since = Math.min(now, Math.max(this.#since ?? now, now - onItsWay))
    if (this.#ahead !== undefined)
      this.#alive = Math.max(this.#alive ?? 0, monotonic + this.#ahead - UNNOTICED)
  }

  #begin(created: number): void {
    this.#time = created
    this.#alive = undefined
    this.#recent = []
  }

  /** Returns whether the clock of the device was set back, if this is a time of it. */
  #isSetBack(time: number): boolean {
    return this.#time !== undefined && time < this.#time - WINDOW
  }

  /** A clock that was set back is followed. */
  #moveTo(time: number): void {
    const isSetBack = this.#isSetBack(time)
    this.#time = isSetBack ? time : Math.max(time, this.#time ?? time)
    if (isSetBack) {
      this.#alive = undefined
      this.#ahead = undefined
    }
    const oldest = this.start ?? 0
    let gone = Math.max(0, this.#recent.length - MAX_RECENT)
    while (gone < this.#recent.length && this.#recent[gone].time < oldest) gone++
    // To take away the first one moves all others, so it waits until a quarter can go.
    if (gone > this.#recent.length / 4) this.#recent.splice(0, gone)
  }
}

/** The same for the same notification, live and in a replay. */
export function digestOf(
  { qualifiedName, eventTime, content }: NetconfNotification,
  bytes: Uint8Array,
): string {
  return digestOfText(bytes.length > LONG_BYTES ? bytes : JSON.stringify([qualifiedName, eventTime, content]))
}

/** The digest of a notification that cannot be read is that of its bytes. */
export function digestOfText(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 8)
}
