import type { ConfigEditParams, ConfigValues } from '../../src/methods/contract/index.js'
import { call } from './api.js'

/** The values of a key as the candidate has them, or those in force if there is none. */
export async function valuesOf(key: string, signal?: AbortSignal): Promise<ConfigValues['values']> {
  return (await call('config.get', { key, candidate: true }, signal)).values
}

/** Returns where there is an entry of this key already. */
export async function takenBy(key: string): Promise<'running' | 'candidate' | undefined> {
  const [running, candidate] = await Promise.all([call('config.get', { key }), valuesOf(key)])
  if (running.values.length > 0) return 'running'
  return candidate.length > 0 ? 'candidate' : undefined
}

/** Edits an entry of the candidate. Rejects if it is not valid then, and leaves no lock that was free before. */
export async function editEntry(key: string, edits: NonNullable<ConfigEditParams['edits']>): Promise<void> {
  const { candidate } = await call('config.diff', {})
  const { problems = [] } = await call('config.edit', { edits })
  const own = problems.find(
    (each) => each.key.startsWith(key) && /^($|[.[])/.test(each.key.slice(key.length)),
  )
  if (own === undefined) return
  if (candidate === undefined) await call('config.discard', {})
  throw new Error(`${own.key}: ${own.message}`)
}

/** Puts a new value into the candidate. Rejects if it is not valid, and leaves neither it nor a lock for it behind. */
export async function putInCandidate(key: string, value: unknown): Promise<void> {
  const { candidate } = await call('config.diff', {})
  try {
    await editEntry(key, [{ key, value }])
  } catch (error) {
    if (candidate !== undefined) await call('config.edit', { edits: [{ key, delete: true }] }).catch(() => {})
    throw error
  }
}
