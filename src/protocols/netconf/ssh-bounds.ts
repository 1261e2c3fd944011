import type { SshChannel } from 'ssh2'

/** Bytes that a peer may send before it is logged in, or before it has logged this side in. */
export const MAX_STRANGER_BYTES = 256 * 1024

/** The library keeps what comes beyond the window of a channel, which bounds what is held (RFC 4254, section 5.2). */
export function windowFault({ incoming }: SshChannel): string | undefined {
  return incoming.window < 0 ? 'the peer has sent more than the window of its channel allows' : undefined
}
