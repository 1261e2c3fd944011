import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Dial, TransportEvents } from './transport.js'

/** A hub that serves the client sends more than its greeting. */
const SERVED_CHUNKS = 2

/**
 * Combines several dials into one. It starts with the address of the last connection, and continues with the next one
 * if no hub answers there, if the hub answered and closed the connection at once, or if another hub serves the client.
 * All connections of a client share it, so that they use the same hub.
 */
export function dialWithFailover(dials: readonly Dial[]): Dial {
  if (dials.length === 1) return dials[0]
  let preferred = 0
  return async (events, signal, elsewhere) => {
    const failures: unknown[] = []
    // Other connections of the client may change `preferred` in the meantime; each address is still tried once.
    const first = elsewhere === undefined ? preferred : preferred + 1
    for (let tried = 0; tried < dials.length; tried++) {
      signal?.throwIfAborted()
      const index = (first + tried) % dials.length
      try {
        const moveOn = (): void => {
          if (preferred === index) preferred = (index + 1) % dials.length
        }
        const transport = await dials[index](watched(events, moveOn), signal)
        preferred = index
        return transport
      } catch (error) {
        failures.push(error)
      }
    }
    throw unreachable(failures)
  }
}

function watched(events: TransportEvents, moveOn: () => void): TransportEvents {
  let chunks = 0
  return {
    received: (chunk) => {
      chunks++
      events.received(chunk)
    },
    closed: (error) => {
      if (chunks < SERVED_CHUNKS) moveOn()
      events.closed(error)
    },
  }
}

/** Has the code of the failures if it is the same at all addresses, so that its remedy applies. */
function unreachable(failures: readonly unknown[]): TocsinError {
  const codes = new Set(failures.map((failure) => (TocsinError.is(failure) ? failure.code : undefined)))
  const [code = 'TCN_CLIENT_UNREACHABLE'] = codes.size === 1 ? codes : []
  const reasons = failures.map((failure) => messageOf(failure))
  return new TocsinError(code, reasons.join('; '), { cause: failures[0] })
}
