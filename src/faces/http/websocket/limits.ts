/** Bounds of WebSockets. Bytes, ms and counts. */
export interface WebSocketLimits {
  /** A message of a peer that is known, and of one that has yet to say who it is. */
  message: number
  firstMessage: number
  /** Peers that have yet to say who they are. */
  unknown: number
  /** Parts of one message. */
  fragments: number
  helloTimeout: number
  /** A peer from which nothing is heard is asked so often, and closed when it did not answer twice. */
  pingEvery: number
  /** How long the closing may take. */
  closeTimeout: number
  /** Answers that wait for a peer; above it nothing more is read from that peer. */
  replies: number
}

export const DEFAULT_WEBSOCKET_LIMITS: WebSocketLimits = {
  message: 17 * 1024 * 1024,
  firstMessage: 1024 * 1024,
  unknown: 256,
  fragments: 1024,
  helloTimeout: 5000,
  pingEvery: 30_000,
  closeTimeout: 5000,
  replies: 256 * 1024,
}
