import type { HubStatus, SubscriberInfo } from '../../bus/method-types.js'
import type { Event } from '../../event/event.js'
import type { TagRate } from './tag-rates.js'

/** Everything that the screen shows. */
export interface TopState {
  status: HubStatus | undefined
  subscribers: readonly SubscriberInfo[]
  tags: readonly TagRate[]
  /** Accepted by the hub, all tags together. */
  perSecond: number
  /** The events shown, oldest first. */
  events: readonly Event[]
  /** Index of the one chosen; undefined while following. */
  chosen: number | undefined
  /** The events stand still since (µs); so many came since then. */
  frozen: { since: number; missed: number } | undefined
  filter: string
  /** Filter being typed. */
  prompt: string | undefined
  /** One event in full, from this line on. */
  detail: { lines: readonly string[]; top: number } | undefined
  /** What went wrong, until the next key. */
  message: string | undefined
  /** Undefined while connected. */
  trouble: string | undefined
}
