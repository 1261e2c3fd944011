/** Why the bridge disconnected a peer. */
export type CloseReason = 'stalled' | 'memory' | 'message' | 'key-removed'

/** The counts of the bridge since its start. */
export class BridgeCounts {
  connections = 0
  /** Connections that ended without a login. */
  strangers = 0
  /** Connections refused because their address was blacklisted or had too many. */
  refused = 0
  failedLogins = 0
  messages = 0
  bytes = 0
  /** Messages to peers that do not exist or share no key. */
  unreachable = 0
  /** The number of times that a sender was held up by a slow reader. */
  heldUp = 0
  readonly closed = new Map<CloseReason, number>()

  close(reason: CloseReason): void {
    this.closed.set(reason, (this.closed.get(reason) ?? 0) + 1)
  }

  get fields(): Record<string, unknown> {
    const { connections, strangers, refused, failedLogins, messages, bytes, unreachable, heldUp } = this
    const closed = Object.fromEntries(this.closed)
    return { connections, strangers, refused, failedLogins, messages, bytes, unreachable, heldUp, closed }
  }
}
