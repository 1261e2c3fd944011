import type { ConfigEditParams, ConfigValues } from '../../src/methods/contract/index.js'
import { call } from './api.js'
import { isWithin, valueAt } from './key-values.js'

type Edits = NonNullable<ConfigEditParams['edits']>

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
export async function editEntry(key: string, edits: Edits): Promise<void> {
  await edited(
    edits,
    async () => key,
    async () => {},
  )
}

/**
 * Puts a new value into the candidate. Rejects if it is not valid, and leaves neither it nor a lock for it behind.
 * `find` returns the key that the value has then, if it was put at the end of a list.
 */
export async function putInCandidate(
  key: string,
  value: unknown,
  find: () => Promise<string | undefined> = async () => key,
): Promise<void> {
  const before = valueAt(key, await valuesOf(key))
  const undo = async (own: string) => {
    const edit = before === undefined ? { key: own, delete: true } : { key: own, value: before }
    // The first refusal is the reason that people need.
    await call('config.edit', { edits: [edit] }).catch(() => {})
  }
  await edited([{ key, value }], find, undo)
}

/** A refused edit has changed nothing, so only an edit that was made is undone. */
async function edited(
  edits: Edits,
  find: () => Promise<string | undefined>,
  undo: (key: string) => Promise<void>,
): Promise<void> {
  const { candidate } = await call('config.diff', {})
  const { problems = [] } = await call('config.edit', { edits })
  if (problems.length === 0) return
  const key = await find()
  const own = problems.find((each) => key !== undefined && isWithin(each.key, key))
  if (key === undefined || own === undefined) return
  await (candidate === undefined ? call('config.discard', {}) : undo(key))
  throw new Error(`${own.key}: ${own.message}`)
}
