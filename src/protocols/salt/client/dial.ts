import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { asError } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { type SaltAddress, showAddress } from './address.js'

/** On the same host, no peer takes longer to accept. */
const MAX_TRY_MS = 5000
/** The pause between attempts, as in Salt. */
const RETRY_MS = 1000

export interface DialOptions {
  /** Time in which attempts are repeated, ms. 0 makes one attempt, Infinity has no limit. Default 0. */
  timeout?: number
  signal?: AbortSignal
}

/** Connects. Rejects with TCN_SALT_CLOSED, whose cause is the error of the last attempt. */
export async function dial(address: SaltAddress, options: DialOptions = {}): Promise<Socket> {
  const { timeout = 0, signal } = options
  const until = performance.now() + timeout
  for (;;) {
    try {
      return await tryOnce(address, signal)
    } catch (error) {
      const left = until - performance.now()
      if (left <= 0 || signal?.aborted) throw unreachable(address, asError(error))
      await sleep(Math.min(RETRY_MS, left), undefined, { signal }).catch(() => {})
    }
  }
}

function unreachable(address: SaltAddress, cause: Error): TocsinError {
  const message = `no event bus answers at ${showAddress(address)}: ${reasonOf(cause)}`
  return new TocsinError('TCN_SALT_CLOSED', message, { cause })
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return 'no daemon listens on this socket'
  return code === 'EACCES' ? 'this user may not open the socket' : message
}

function tryOnce(address: SaltAddress, signal: AbortSignal | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(address)
    const giveUp = (error: Error): void => {
      done()
      socket.destroy()
      reject(error)
    }
    const abort = (): void => giveUp(new Error('the attempt was aborted'))
    const timer = setTimeout(() => giveUp(new Error('no answer before the timeout')), MAX_TRY_MS)
    const connected = (): void => {
      done()
      resolve(socket)
    }
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      socket.off('error', giveUp).off('connect', connected)
      // An error of a socket that is being destroyed must not end the process.
      socket.on('error', () => {})
    }
    signal?.addEventListener('abort', abort, { once: true })
    socket.once('error', giveUp).once('connect', connected)
    if (signal?.aborted) abort()
  })
}
