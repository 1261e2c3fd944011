import type { ConfigDiff, ConfigEditParams, ConfigValues } from '../../src/methods/contract/index.js'
import { call } from './api.js'
import { isWithin, valueAt } from './key-values.js'

type Edits = NonNullable<ConfigEditParams['edits']>

/** The values of a key as the candidate has them, or those in force if there is none. */
export function valuesOf(key: string, signal?: AbortSignal): Promise<ConfigValues> {
  return call('config.get', { key, candidate: true }, signal)
}

interface Taken {
  /** Where there is an entry of this key already. */
  readonly by: 'running' | 'candidate' | undefined
  /** That of the candidate for which this is so. */
  readonly revision: string
}

/** Looks for an entry of a key. */
export async function takenBy(key: string): Promise<Taken> {
  const [running, candidate] = await Promise.all([call('config.get', { key }), valuesOf(key)])
  const { values, revision } = candidate
  if (running.values.length > 0) return { by: 'running', revision }
  return { by: values.length > 0 ? 'candidate' : undefined, revision }
}

/**
 * Edits an entry of the candidate. Rejects if somebody has edited the candidate since that revision, or if the entry is not
 * valid then, and leaves no lock that was free before.
 */
export async function editEntry(key: string, edits: Edits, ifRevision: string): Promise<void> {
  const isNew = await isNoCandidate()
  const { problems } = await call('config.edit', { edits, ifRevision })
  const problem = problemOf(key, problems)
  if (problem === undefined) return
  if (isNew) await call('config.discard', {})
  throw problem
}

interface NewValue {
  readonly key: string
  readonly value: unknown
  /** That of the candidate in which the key was looked for, if another edit may have taken it since. */
  readonly revision?: string
  /** Returns the key that the value has then, if it was put at the end of a list. */
  find?(): Promise<string | undefined>
}

/**
 * Puts a new value into the candidate. Rejects if somebody has edited the candidate since that revision, or if the value is
 * not valid, and leaves neither it nor a lock for it behind.
 */
export async function putInCandidate({
  key,
  value,
  revision,
  find = async () => key,
}: NewValue): Promise<void> {
  const before = valueAt(key, (await valuesOf(key)).values)
  const isNew = await isNoCandidate()
  // If the hub refuses it, nothing has changed, and nothing is undone.
  const { problems = [] } = await call('config.edit', { edits: [{ key, value }], ifRevision: revision })
  if (problems.length === 0) return
  const own = await find()
  const problem = own && problemOf(own, problems)
  if (!problem) return
  const edit = before === undefined ? { key: own, delete: true } : { key: own, value: before }
  // The first refusal is the reason that people need.
  await (isNew ? call('config.discard', {}) : call('config.edit', { edits: [edit] }).catch(() => {}))
  throw problem
}

async function isNoCandidate(): Promise<boolean> {
  return (await call('config.diff', {})).candidate === undefined
}

/** Why an entry is not valid; undefined if it is. */
function problemOf(key: string, problems: ConfigDiff['problems'] = []): Error | undefined {
  const own = problems.find((each) => isWithin(each.key, key))
  return own && new Error(`${own.key}: ${own.message}`)
}
