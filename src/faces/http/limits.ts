import type { ConnectionLimits } from '../web/limits.js'

/** Bounds of HTTP; the configuration sets them. Bytes, ms and counts. */
export interface HttpLimits extends ConnectionLimits {
  /** Body that is read as a whole. */
  body: number
  /** One line of NDJSON. */
  bulkLine: number
  /** Within which a request that is read as a whole has come in. */
  requestTimeout: number
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  body: 1024 * 1024,
  headers: 16 * 1024,
  bulkLine: 1024 * 1024,
  connections: 20_000,
  requestTimeout: 30_000,
  headersTimeout: 10_000,
}

export const MAX_URL_BYTES = 8 * 1024
