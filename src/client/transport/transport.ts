/** A stream of bytes to a hub, over a unix socket, TCP, TLS or a WebSocket. */
export interface Transport {
  /** Writes the pieces in order, with one system call if possible. */
  write(pieces: readonly Uint8Array[]): void
  /** Bytes that were written and that the peer has not read. */
  readonly pending: number
  /** Stops handing on data until `resume()`, except for data that is already on its way. */
  pause(): void
  resume(): void
  /** Closes the stream after everything written is sent. */
  end(): void
}

export interface TransportEvents {
  received(chunk: Uint8Array): void
  /** Called exactly once, as the last call. */
  closed(error: Error | undefined): void
}

/**
 * Connects. Rejects with TCN_CLIENT_UNREACHABLE if no peer answers; aborting the signal ends the attempt. `elsewhere` is
 * given after a hub has refused the client because another one serves it: the address of
 * that one, if it is known.
 */
export type Dial = (events: TransportEvents, signal?: AbortSignal, elsewhere?: unknown) => Promise<Transport>
