/** Bounds of the native protocol; the configuration sets them. Bytes, ms and counts. */
export interface NativeLimits {
  connections: number
  /** Requests that run at once: for one connection, for one principal over all connections, and for all. */
  requests: number
  requestsOfOne: number
  requestsInAll: number
  /** Received of records that are not complete yet, over all connections. */
  halfReceived: number
  /** Acknowledgements and replies that wait for a peer; above it nothing more is read from that peer. */
  replies: number
  helloTimeout: number
  /** A peer from which nothing is heard is asked so often, and closed when it did not answer twice. */
  pingEvery: number
  /** How long a connection that the hub ends may take to read what was sent to it. */
  closeTimeout: number
}

export const DEFAULT_NATIVE_LIMITS: NativeLimits = {
  connections: 20_000,
  requests: 16,
  requestsOfOne: 64,
  requestsInAll: 256,
  halfReceived: 256 * 1024 * 1024,
  replies: 256 * 1024,
  helloTimeout: 5000,
  pingEvery: 30_000,
  closeTimeout: 5000,
}
