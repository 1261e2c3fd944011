import { vi } from 'vitest'

/** As long as expect.poll waits: a busy machine may take more than the second that vi gives. */
const LIMIT = { timeout: 60_000 }
const PATIENT = Symbol.for('waits longer')

const { waitFor, waitUntil } = vi
const patient = <Options>(options?: number | Options) =>
  typeof options === 'number' ? options : { ...LIMIT, ...options }

// Files that share a process run this again.
if (!(PATIENT in vi)) {
  vi.waitFor = (callback, options) => waitFor(callback, patient(options))
  vi.waitUntil = (callback, options) => waitUntil(callback, patient(options))
  Object.assign(vi, { [PATIENT]: true })
}
