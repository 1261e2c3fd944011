import type { BusAdmin } from '../../bus/admin.js'
import { diagnostics } from '../../bus/diagnostics.js'
import { messageOf } from '../../errors/thrown.js'
import type { Cancel, Runtime } from '../../event/runtime.js'
import type { CompactionReport, EventLog, RemovablePart, Retention } from '../../log/event-log.js'
import { numbersAfter } from '../../log/numbers-after.js'
import type { LogInfo } from '../../methods/contract/index.js'
import type { ForwardedEvents } from '../../sources/source.js'
import type { ForwardedCheck } from './forwarded-check.js'
import type { WhenFull } from './retention.js'

/** Room that is made at a time: this part of the disk, up to a limit in bytes. */
const SHARE = 1 / 8
const MOST_BYTES = 2 ** 30
/** Time between two looks while publishers wait, ms. */
const EVERY = 1_000

const MAKE_ROOM = 'make room on the disk, or lower `log.retention`'

/** Why no room is made, and the way to make some. */
export type Held = NonNullable<LogInfo['held']>

export interface RoomOptions {
  runtime: Runtime
  bus: Pick<BusAdmin, 'suspended'>
  log: Pick<EventLog, 'first' | 'last' | 'lost' | 'stats' | 'removable'>
  /** Finds events that no other hub has. */
  check: Pick<ForwardedCheck, 'findMissing'>
  /** The events that each upstream has forwarded. */
  upstreams(): ForwardedEvents[]
  /** The disk of the log, bytes. */
  disk(): Promise<{ free: number; total: number } | undefined>
  compact(policy: Retention): Promise<CompactionReport>
  /** For the operator. */
  warn(text: string): void
  /** As it is configured now. */
  whenFull(): WhenFull
}

/**
 * Makes room on a full disk for the publishers of a hub with upstreams: removes the oldest segments that other hubs have.
 * It works while publishers wait, and is idle otherwise.
 */
export class RoomMaker {
  readonly #options: RoomOptions
  /** Set while the disk is full and no room can be made. */
  held: Held | undefined
  #cancel: Cancel | undefined
  #looking: Promise<void> | undefined
  #isStopped = true

  constructor(options: RoomOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#options.log.removable === undefined) return
    this.#isStopped = false
    diagnostics.suspended.subscribe(this.#lookSoon)
    this.#lookSoon()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    diagnostics.suspended.unsubscribe(this.#lookSoon)
    this.#cancel?.()
    await this.#looking
  }

  get #isFull(): boolean {
    return this.#options.log.stats.fault?.code === 'TCN_LOG_FULL'
  }

  /** Any hub of this process may have said that its publishers wait. */
  readonly #lookSoon = (): void => {
    this.#cancel ??= this.#options.runtime.after(0, this.#look)
  }

  readonly #look = (): void => {
    this.#looking = this.#makeRoom()
      .catch((thrown) => this.#hold({ reason: messageOf(thrown), remedy: MAKE_ROOM }))
      .then(() => this.#lookAgain())
  }

  #lookAgain(): void {
    this.#cancel = undefined
    if (!this.#isFull) this.held = undefined
    if (this.#isStopped || !(this.#isFull || this.#options.bus.suspended)) return
    this.#cancel = this.#options.runtime.after(EVERY, this.#look)
  }

  async #makeRoom(): Promise<void> {
    while (this.#isFull && !this.#isStopped) {
      const upstreams = this.#options.upstreams()
      if (upstreams.length === 0) return
      const found = await this.#findParts(upstreams)
      if ('reason' in found) return this.#hold(found)
      if (!isStillForwarded(found, this.#options.upstreams())) return
      const { removed } = await this.#options.compact({ through: found.through })
      if (removed === undefined)
        return this.#hold({ reason: 'the oldest events are being read', remedy: 'wait for the reader' })
    }
  }

  /** Returns how far the log can be removed, and what that rests on. */
  async #findParts(upstreams: readonly ForwardedEvents[]): Promise<Removable | Held> {
    if (this.#options.whenFull() === 'keep')
      return {
        reason: '`log.retention.whenFull` is `keep`',
        remedy: `${MAKE_ROOM}, or set it to \`forwarded\``,
      }
    const found: Removable = { through: 0, keys: upstreams.map(({ key }) => key) }
    let wanted = await this.#wantedBytes()
    for (const part of this.#options.log.removable?.() ?? []) {
      const held = await this.#whyHeld(part, upstreams)
      if (held !== undefined && found.through === 0) return held
      if (held !== undefined || (wanted <= 0 && found.through > 0)) break
      found.through = part.to
      wanted -= part.bytes
    }
    if (found.through > 0) return found
    return {
      reason: 'all events are in the segment that takes the new ones',
      remedy: `${MAKE_ROOM}, and lower \`log.segment.bytes\``,
    }
  }

  async #wantedBytes(): Promise<number> {
    const { free = 0, total = 0 } = (await this.#options.disk()) ?? {}
    return Math.min(MOST_BYTES, total * SHARE) - free
  }

  async #whyHeld(part: RemovablePart, upstreams: readonly ForwardedEvents[]): Promise<Held | undefined> {
    const behind = upstreams.find(({ passed }) => passed < part.to)
    if (behind !== undefined) return this.#waitingFor(behind)
    if (this.#options.whenFull() === 'passed') return undefined
    const missing = await this.#options.check.findMissing(part, upstreams)
    if (missing === undefined) return undefined
    const events = missing.isDamaged ? 'cannot be read' : 'is at no upstream'
    return {
      reason: `@${missing.seq} ${events}, and \`log.retention.whenFull\` is \`forwarded\``,
      remedy: `${MAKE_ROOM}, or set it to \`passed\`, which removes such events too`,
    }
  }

  #waitingFor({ name, passed, away }: ForwardedEvents): Held {
    const count = numbersAfter(this.#options.log, passed)
    return {
      reason: `${count} events wait for the upstream ${name}${away === undefined ? '' : `: ${away}`}`,
      remedy: `\`tocsin doctor\` at ${name}, or ${MAKE_ROOM}`,
    }
  }

  #hold(held: Held): void {
    const isNews = this.held === undefined
    this.held = held
    if (isNews) this.#options.warn(`the disk is full: ${held.reason}; ${held.remedy}`)
  }
}

interface Removable {
  through: number
  /** Those of the upstreams: as long as they are the same, what was found stays true. */
  keys: string[]
}

function isStillForwarded({ through, keys }: Removable, upstreams: readonly ForwardedEvents[]): boolean {
  return (
    upstreams.length === keys.length &&
    upstreams.every(({ key, passed }, at) => key === keys[at] && passed >= through)
  )
}
