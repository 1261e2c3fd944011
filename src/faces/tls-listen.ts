import type { Server, TlsOptions } from 'node:tls'

/** How a listener speaks TLS. */
export interface TlsListen extends TlsOptions {
  /** Told of the server that was made, so that another certificate gets to it while it runs. */
  follow?(server: Server): void
}
