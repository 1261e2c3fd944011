/** Bounds of HTTP; the configuration sets them. Bytes, ms and counts. */
export interface HttpLimits {
  /** Body that is read as a whole. */
  body: number
  /** All headers of a request together. */
  headers: number
  /** One line of NDJSON. */
  bulkLine: number
  connections: number
  /** Within which a request that is read as a whole has come in. */
  requestTimeout: number
  headersTimeout: number
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  body: 1024 * 1024,
  headers: 16 * 1024,
  bulkLine: 1024 * 1024,
  connections: 20_000,
  requestTimeout: 30_000,
  headersTimeout: 10_000,
}

export const MAX_HEADERS = 100
export const MAX_URL_BYTES = 8 * 1024
export const REQUESTS_A_CONNECTION = 100_000
/** Sent ahead on one connection, without waiting for the answers. */
export const REQUESTS_AT_ONCE = 64
/** How long a connection may be quiet between two requests, ms. */
export const KEEP_ALIVE = 65_000
/** How long requests under way may take when the hub stops, ms. */
export const CLOSE_TIMEOUT = 5000
