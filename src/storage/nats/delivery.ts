/** What the reply subject of a message from a consumer says. */
export interface Delivery {
  /** Place in the stream. */
  seq: number
  /** Number of the message for this consumer, from 1. */
  nth: number
  /** Time of storing, µs since the Unix epoch. */
  time: number
  /** Number of messages after it. */
  pending: number
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<deliveries>.<seq>.<nth>.<time, ns>.<pending>`, or the longer form with domain and
 * account after the first two tokens.
 */
export function parseDelivery(reply: string): Delivery | undefined {
  const tokens = reply.split('.')
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined
  const at = tokens.length === 9 ? 5 : 7
  const nanos = tokens[at + 2]
  return {
    seq: Number(tokens[at]),
    nth: Number(tokens[at + 1]),
    time: Number(nanos.slice(0, -3)),
    pending: Number(tokens[at + 3]),
  }
}
