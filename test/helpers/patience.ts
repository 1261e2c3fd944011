import { vi } from 'vitest'

/** As long as expect.poll waits: a busy machine may take more than the second that vi gives. */
const LIMIT = { timeout: 30_000 }

const { waitFor, waitUntil } = vi
const patient = <Options>(options?: number | Options) =>
  typeof options === 'number' ? options : { ...LIMIT, ...options }

vi.waitFor = (callback, options) => waitFor(callback, patient(options))
vi.waitUntil = (callback, options) => waitUntil(callback, patient(options))
