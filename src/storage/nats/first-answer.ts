import type { Cancel } from '../../event/runtime.js'
import type { NatsLink } from './link.js'
import type { RawMessage } from './raw-message.js'

/** When a request is sent, and when the wait for an answer is over, ms. Servers that elect or are busy take long. */
const SENT_AT = [0, 1500, 4500]
const OVER_MS = 10_500

/**
 * Sends a request again after growing pauses, and resolves with whichever answer comes first: each asks for the same,
 * so that it makes no difference which of them is answered. Rejects with a NatsFault.
 */
export async function firstAnswer(link: NatsLink, subject: string, payload: Uint8Array): Promise<RawMessage> {
  const planned: Cancel[] = []
  const sent = SENT_AT.map(async (ms) => {
    if (ms > 0) await new Promise<void>((resolve) => planned.push(link.runtime.after(ms, resolve)))
    return await link.request(subject, payload, OVER_MS - ms)
  })
  try {
    return await Promise.race(sent)
  } finally {
    for (const cancel of planned) cancel()
  }
}
