import type { Matcher } from '../filter/matcher.js'
import { Runs } from './runs.js'
import type { Format } from './sink.js'

/** One member of a group that is up to date and takes the output of every tick. */
export interface LiveMember {
  /** Place in the group's list; kept by the group. */
  liveIndex: number
  deliver(pieces: readonly Uint8Array[], frames: number, bytes: number): void
}

/**
 * Subscribers with the same filter, the same rights and the same format: what matched in a tick is
 * put together once and written to all of them. A group collects from its first subscriber on, live
 * or not, so that one that catches up may join in the middle of a tick.
 */
export class Group {
  readonly key: string
  readonly matcher: Matcher
  readonly format: Format | undefined
  readonly runs = new Runs()
  readonly live: LiveMember[] = []
  /** Subscriptions that belong here, live or catching up. */
  members = 0
  /** Waits for the coming flush; kept by the bus. */
  queued = false

  constructor(key: string, matcher: Matcher, format: Format | undefined) {
    this.key = key
    this.matcher = matcher
    this.format = format
  }

  join(member: LiveMember): void {
    member.liveIndex = this.live.length
    this.live.push(member)
  }

  leave(member: LiveMember): void {
    const last = this.live.pop()
    if (last === undefined || last === member) {
      member.liveIndex = -1
      return
    }
    this.live[member.liveIndex] = last
    last.liveIndex = member.liveIndex
    member.liveIndex = -1
  }

  /** Hands the output of the tick to everybody who is live. */
  flush(): void {
    const { frames, bytes } = this.runs
    if (this.live.length === 0) {
      this.runs.clear()
      return
    }
    const pieces = this.encode(this.runs.take())
    // Downwards: a member that leaves is replaced by one that was served already.
    for (let i = this.live.length - 1; i >= 0; i--) this.live[i].deliver(pieces, frames, bytes)
  }

  encode(pieces: Uint8Array[]): Uint8Array[] {
    const format = this.format
    return format === undefined ? pieces : pieces.map((piece) => format.encode(piece))
  }
}

export function groupKey(matcher: Matcher, format: Format | undefined): string {
  return `${format?.name ?? 'frame'} ${matcher.key}`
}
