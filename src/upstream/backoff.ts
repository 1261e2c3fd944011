/** Reasons that only an operator can remove, on either side. Trying again often would help nobody. */
const LASTING =
  /^TCN_(ACCESS_|CLIENT_TLS|CLIENT_NO_TLS|CLIENT_CERTIFICATE|CLIENT_ADDRESS|FILE_|PROTOCOL_VERSION|PROTOCOL_BODY|BUS_PRODUCER_TAKEN_OVER|EDGE_)/

const FIRST_MS = 2_000
const MAX_MS = 10_000
const LASTING_FIRST_MS = 5_000
const LASTING_MAX_MS = 60_000

export function isLasting(code: string): boolean {
  return LASTING.test(code)
}

/**
 * The pause before the next attempt, ms. It is random over its whole length: after a restart of a hub, hundreds of
 * others come back, each at another time. `chance`: from 0 to 1.
 */
export function pauseBefore(attempt: number, code: string, chance: number): number {
  const [first, most] = isLasting(code) ? [LASTING_FIRST_MS, LASTING_MAX_MS] : [FIRST_MS, MAX_MS]
  const longest = Math.min(most, first * 2 ** Math.min(attempt, 10))
  return Math.round(longest * (isLasting(code) ? 0.5 + chance / 2 : chance))
}
