/** With 8 bits and 5 probes for each token, one in 46 tokens that are not there seems to be. */
export const PROBES = 5

/** Bytes of a filter for this many tokens. */
export function bloomBytes(tokens: number): number {
  return Math.max(8, tokens)
}

export function addToBloom(bits: Uint8Array, token: number): void {
  const step = stepOf(token)
  const size = bits.length * 8
  for (let probe = 0, at = token; probe < PROBES; probe++, at = (at + step) >>> 0) {
    const bit = at % size
    bits[bit >> 3] |= 1 << (bit & 7)
  }
}

/** False if the token was never added; true if it was, and for some others. */
export function mayHaveToken(bits: Uint8Array, token: number): boolean {
  const step = stepOf(token)
  const size = bits.length * 8
  for (let probe = 0, at = token; probe < PROBES; probe++, at = (at + step) >>> 0) {
    const bit = at % size
    if ((bits[bit >> 3] & (1 << (bit & 7))) === 0) return false
  }
  return true
}

function stepOf(token: number): number {
  return (Math.imul(token ^ (token >>> 15), 0x2c1b3c6d) >>> 0) | 1
}
