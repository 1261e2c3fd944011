import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { runToEnd } from '../../../processes/start-child.js'

/** The exports of native/sctp/sctp.c. A result below 0 is a negative errno. */
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

const COMPILE_TIMEOUT_MS = 60_000
const MAX_REASON_LENGTH = 500
const builder = inPackage('build.mjs')

let loaded: Addon | undefined

/** Loads the addon for the first socket. Programs that only parse notifications never need it. */
export function addon(): Addon {
  loaded ??= load()
  return loaded
}

function load(): Addon {
  const named = process.env.TOCSIN_SCTP_ADDON
  const path = named ?? inPackage(`build/${process.platform}-${process.arch}.node`)
  if (named === undefined && !existsSync(path)) compile()
  try {
    return createRequire(import.meta.url)(path)
  } catch (cause) {
    const message = `the addon for SCTP sockets cannot be loaded from ${path}; compile it: node ${builder}`
    throw new TocsinError('TCN_SCTP_ADDON', message, { cause })
  }
}

/** Compiles the addon on first use, since compiling on installation would require a compiler of every user. */
function compile(): void {
  const { status, stderr, error } = runToEnd(process.execPath, [builder], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: COMPILE_TIMEOUT_MS,
  })
  if (status === 0) return
  const reason = (error?.message ?? stderr.toString().trim()).slice(-MAX_REASON_LENGTH)
  const message = `the addon for SCTP sockets cannot be compiled; to try again: node ${builder} (${reason})`
  throw new TocsinError('TCN_SCTP_ADDON', message)
}

/** The package is four folders up, both from src and from dist. */
function inPackage(path: string): string {
  return fileURLToPath(new URL(`../../../../native/sctp/${path}`, import.meta.url))
}
