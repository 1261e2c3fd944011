import { isObject } from '../event/json/object.js'

/** The result of one state, of which a minion returns many for `state.apply`, `state.highstate` and the like. */
export interface StateResult {
  /** `pkg.installed` */
  state: string
  name: string
  /** null: it would change something (test=True). */
  result: boolean | null
  comment: string
  /** Undefined where nothing changed. */
  changes: object | undefined
}

export interface StateCounts {
  ok: number
  changed: number
  failed: number
  /** With test=True. */
  wouldChange: number
}

const SEPARATOR = '_|-'

/** The results in the order in which the states ran; undefined if the return is not one of states. */
export function stateResults(value: unknown): StateResult[] | undefined {
  if (!isFields(value)) return undefined
  const entries = Object.entries(value)
  if (entries.length === 0) return undefined
  if (!entries.every(([key, chunk]) => key.includes(SEPARATOR) && isFields(chunk))) return undefined
  return (entries as [string, Chunk][]).toSorted(byRun).map(([key, chunk]) => stateResult(key, chunk))
}

type Chunk = Record<string, unknown>

function stateResult(key: string, { name, result, comment, changes }: Chunk): StateResult {
  const parts = key.split(SEPARATOR)
  return {
    state: `${parts[0]}.${parts.at(-1)}`,
    name: typeof name === 'string' ? name : (parts[2] ?? ''),
    result: result === null ? null : result === true,
    comment: (Array.isArray(comment) ? comment : [comment])
      .filter((each) => typeof each !== 'object')
      .join('\n'),
    changes: isFields(changes) && Object.keys(changes).length > 0 ? changes : undefined,
  }
}

function byRun([, a]: [string, Chunk], [, b]: [string, Chunk]): number {
  return runNumber(a) - runNumber(b)
}

function runNumber({ __run_num__: number }: Chunk): number {
  return typeof number === 'number' ? number : 0
}

export function countStates(results: readonly StateResult[]): StateCounts {
  const counts: StateCounts = { ok: 0, changed: 0, failed: 0, wouldChange: 0 }
  for (const { result, changes } of results) {
    if (result === false) counts.failed++
    else if (result === null) counts.wouldChange++
    else if (changes === undefined) counts.ok++
    else counts.changed++
  }
  return counts
}

/** `3 changed, 1 failed, 212 ok`: where there is no room for all, what is as it was goes first. */
export function stateText({ ok, changed, failed, wouldChange }: StateCounts): string {
  const parts: [number, string][] = [
    [changed, 'changed'],
    [failed, 'failed'],
    [wouldChange, 'would change'],
    [ok, 'ok'],
  ]
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ')
}

function isFields(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !(value instanceof Map)
}
