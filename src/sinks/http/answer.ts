import { DeliveryFault, quoted } from '../delivery-fault.js'
import type { PostAnswer } from './post.js'

/** Answers that are about the hub or the server, not about the event. */
const NOT_THE_EVENT = new Set([401, 403, 404, 405, 407, 408, 421, 423, 425, 429])

/** Returns the fault that the answer of a server stands for; undefined if it has taken the events. */
export function faultOfAnswer(answer: PostAnswer, now: number): DeliveryFault | undefined {
  const { status, text, retryAfter } = answer
  if (status >= 200 && status < 300) return undefined
  const said = quoted(text)
  const reason = `HTTP ${status}${said === '' ? '' : `: ${said}`}`
  // CloudEvents HTTP webhooks §2.2: nothing may be sent to this address any more.
  if (status === 410) return new DeliveryFault('gone', reason)
  if (status >= 500 || NOT_THE_EVENT.has(status))
    return new DeliveryFault('unavailable', reason, pauseOf(retryAfter, now))
  return new DeliveryFault('refused', reason)
}

/** Reads `Retry-After`, seconds or a date, as ms. `now`: ms since the epoch. */
export function pauseOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
