import type { Server } from 'node:net'

/** Returns the port at which the server listens, or the one that was asked for. */
export function portOf(server: Server, asked: number): number {
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : asked
}
