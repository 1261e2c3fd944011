import { call } from '../../../hub/api.js'

/** Returns where there is a rule of this name already. */
export async function takenBy(name: string): Promise<'rule' | 'candidate' | undefined> {
  const key = `rules.${name}`
  const [running, candidate] = await Promise.all([
    call('config.get', { key }),
    call('config.get', { key, candidate: true }),
  ])
  if (running.values.length > 0) return 'rule'
  return candidate.values.length > 0 ? 'candidate' : undefined
}

/** Puts a value into the candidate. Rejects if it is not valid, and leaves neither it nor a lock for it behind. */
export async function putInCandidate(key: string, value: unknown): Promise<void> {
  const { candidate } = await call('config.diff', {})
  const { problems = [] } = await call('config.edit', { edits: [{ key, value }] })
  const own = problems.find((each) => key === each.key || each.key.startsWith(`${key}.`))
  if (own === undefined) return
  if (candidate === undefined) await call('config.discard', {})
  else await call('config.edit', { edits: [{ key, delete: true }] })
  throw new Error(`${own.key}: ${own.message}`)
}
