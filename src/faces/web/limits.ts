/** Bounds of connections that speak HTTP. Bytes, ms and counts. */
export interface ConnectionLimits {
  connections: number
  /** All headers of a request together. */
  headers: number
  headersTimeout: number
}

export const MAX_HEADERS = 100
export const REQUESTS_A_CONNECTION = 100_000
/** Sent ahead on one connection, without waiting for the answers. */
export const REQUESTS_AT_ONCE = 64
/** How long a connection may be quiet between two requests, ms. */
export const KEEP_ALIVE = 65_000
/** How long requests under way may take when the hub stops, ms. */
export const CLOSE_TIMEOUT = 5000
