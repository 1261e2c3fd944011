import { TocsinError } from '../event/errors.js'
import type { Dial, TransportEvents } from './transport.js'

/** A hub that serves us sends more than its greeting. */
const SERVED_CHUNKS = 2

/**
 * One dial out of several: begins where it was connected last, and goes on to the next address when nobody
 * answers, or when who answered sent us away. All connections of a client share it, and so the hub they use.
 */
export function dialInTurn(dials: readonly Dial[]): Dial {
  if (dials.length === 1) return dials[0]
  let preferred = 0
  return async (events, signal) => {
    const failures: unknown[] = []
    // Other connections of the client move it meanwhile, and each address has its turn.
    const first = preferred
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

/** What would help at one address, such as another certificate, is said when it is the same at all. */
function unreachable(failures: readonly unknown[]): TocsinError {
  const codes = new Set(failures.map((failure) => (TocsinError.is(failure) ? failure.code : undefined)))
  const [code = 'TCN_CLIENT_UNREACHABLE'] = codes.size === 1 ? codes : []
  const reasons = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)))
  return new TocsinError(code, reasons.join('; '), { cause: failures[0] })
}
