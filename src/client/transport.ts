/** A stream of bytes to a hub. What lies under it is its own business: a unix socket, TCP, a WebSocket. */
export interface Transport {
  /** Written in order, with one call of the system where it can be. */
  write(pieces: readonly Uint8Array[]): void
  /** Nothing more is handed on until `resume()`, but for what is on its way already. */
  pause(): void
  resume(): void
  /** Closes behind what was written. */
  end(): void
}

export interface TransportEvents {
  received(chunk: Uint8Array): void
  /** Exactly once; nothing comes after it. */
  closed(error: Error | undefined): void
}

/** Rejects with TCN_CLIENT_UNREACHABLE when nobody is there. The signal ends the trying. */
export type Dial = (events: TransportEvents, signal?: AbortSignal) => Promise<Transport>
