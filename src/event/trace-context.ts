/** Where some work belongs, as W3C Trace Context has it. */
export interface TraceContext {
  /** 32 hexadecimal digits */
  readonly traceId: string
  /** 16 hexadecimal digits */
  readonly spanId: string
}

const TRACEPARENT =
  /^([0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})((?:-[\x20-\x7e]*)?)$/

/**
 * Reads a `traceparent`. An invalid one counts as absent, as the specification requires. Of a version that is not known
 * yet, what version 00 has of it is kept: the ids, and whether it is sampled.
 */
export function readTraceparent(text: unknown): (TraceContext & { readonly text: string }) | undefined {
  const [whole, version, traceId, spanId, flags, more] = TRACEPARENT.exec(String(text ?? '')) ?? []
  if (whole === undefined || version === 'ff' || (version === '00' && more !== '')) return undefined
  const known = version === '00' ? whole : `00-${traceId}-${spanId}-0${Number.parseInt(flags, 16) & 1}`
  return { traceId, spanId, text: known }
}
