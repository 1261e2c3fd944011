import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { TocsinError } from '../../../event/errors.js'

/** What native/sctp/sctp.c exports. A result below 0 is a negative errno. */
export interface Addon {
  socket(family: number, type: number, protocol: number): number
  Descriptor: new (fd: number, onReady: (status: number, events: number) => void) => Descriptor
}

export interface Descriptor {
  /** -1 once it is closed. */
  readonly fd: number
  poll(events: number): number
  keepAlive(yes: boolean): void
  bind(address: Uint8Array): number
  listen(backlog: number): number
  accept(): number
  connect(address: Uint8Array): number
  connectx(addresses: Uint8Array, association: Uint8Array): number
  getsockopt(level: number, option: number, value: Uint8Array): number
  setsockopt(level: number, option: number, value: Uint8Array): number
  sockname(peer: boolean, address: Uint8Array): number
  recvmsg(data: Uint8Array, header: Uint8Array): number
  sendmsg(data: Uint8Array, header: Uint8Array): number
  shutdown(how: number): number
  close(): void
}

export const READABLE = 1
export const WRITABLE = 2

let loaded: Addon | undefined

/** Loads the addon with the first socket; what only parses notifications never does. */
export function addon(): Addon {
  loaded ??= load()
  return loaded
}

function load(): Addon {
  // From src and from dist alike, the package is four folders up.
  const file = `native/sctp/build/${process.platform}-${process.arch}.node`
  const path = process.env.TOCSIN_SCTP_ADDON ?? fileURLToPath(new URL(`../../../../${file}`, import.meta.url))
  try {
    return createRequire(import.meta.url)(path)
  } catch (cause) {
    const build = fileURLToPath(new URL('../../../../native/sctp/build.mjs', import.meta.url))
    const message = `the addon for SCTP sockets cannot be loaded from ${path}; compile it: node ${build}`
    throw new TocsinError('TCN_SCTP_ADDON', message, { cause })
  }
}
