import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { TocsinError } from '../../../event/errors.js'
import { type SaltAddress, showAddress } from './address.js'

/** Nobody needs so long to accept on this host. ms */
const LONGEST_TRY = 5000
/** As Salt: it tries once in a second. ms */
const RETRY = 1000

export interface DialOptions {
  /** How long to try again and again, ms. 0 tries once, Infinity for ever. Default 0. */
  timeout?: number
  signal?: AbortSignal
}

/** Rejects with TCN_SALT_CLOSED, whose cause is that of the last try. */
export async function dial(address: SaltAddress, options: DialOptions = {}): Promise<Socket> {
  const { timeout = 0, signal } = options
  const until = performance.now() + timeout
  for (;;) {
    try {
      return await tryOnce(address, signal)
    } catch (error) {
      const left = until - performance.now()
      if (left <= 0 || signal?.aborted) throw unreachable(address, error as Error)
      await sleep(Math.min(RETRY, left), undefined, { signal }).catch(() => {})
    }
  }
}

function unreachable(address: SaltAddress, cause: Error): TocsinError {
  const message = `no event bus answers at ${showAddress(address)}: ${reasonOf(cause)}`
  return new TocsinError('TCN_SALT_CLOSED', message, { cause })
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'no daemon listens there'
  return code === 'EACCES' ? 'this user may not open the socket' : message
}

function tryOnce(address: SaltAddress, signal: AbortSignal | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(address)
    const give = (error: Error): void => {
      done()
      socket.destroy()
      reject(error)
    }
    const abort = (): void => give(new Error('given up'))
    const timer = setTimeout(() => give(new Error('no answer in time')), LONGEST_TRY)
    const connected = (): void => {
      done()
      resolve(socket)
    }
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      socket.off('error', give).off('connect', connected)
      // What a socket says while it is destroyed must not end the process.
      socket.on('error', () => {})
    }
    signal?.addEventListener('abort', abort, { once: true })
    socket.once('error', give).once('connect', connected)
    if (signal?.aborted) abort()
  })
}
