import { isObject, own } from '../../../event/json/object.js'
import { tagify } from '../codec/tags.js'

/** The return of a minion for a job. */
export interface RetLoad {
  jid: string
  id: string
  fun: string | readonly string[]
  retcode?: unknown
  return?: unknown
  user?: string
  [key: string]: unknown
}

export interface FailedState {
  tag: string
  data: Record<string, unknown>
}

const STATE_RUNS = ['state.highstate', 'state.sls']

/**
 * The events for the failed states of a state run: one with the old tag `<state>.<fun>` and one with
 * `salt/job/<jid>/sub/<id>/error/<fun>` for each. A job with several functions has lists, or maps from function to value.
 */
export function failedStates(load: RetLoad): FailedState[] {
  if (!load.retcode || !load.fun) return []
  if (typeof load.fun === 'string') return ofFunction(load, load.fun, load.retcode, load.return)
  const { fun: functions, retcode, return: returned } = load
  return functions.flatMap((fun, index) => {
    const code = Array.isArray(retcode) ? retcode[index] : own(retcode, fun)
    const result = Array.isArray(retcode) ? itemAt(returned, index) : own(returned, fun)
    return code ? ofFunction(load, fun, code, result) : []
  })
}

function ofFunction(load: RetLoad, fun: string, retcode: unknown, returned: unknown): FailedState[] {
  if (!STATE_RUNS.includes(fun) || !isObject(returned)) return []
  return Object.entries(returned).flatMap(([chunk, result]) => {
    if (!isObject(result) || result.result !== false) return []
    const parts = chunk.split('_|-')
    const name = `${parts[0]}.${parts.at(-1)}`
    const data = { ...result, retcode }
    const about = { jid: load.jid, id: load.id, success: false, return: `Error: ${name}`, fun }
    const byUser = load.user === undefined ? {} : { user: load.user }
    return [
      { tag: name, data },
      {
        tag: tagify([load.jid, 'sub', load.id, 'error', fun], 'job'),
        data: { ...data, ...about, ...byUser },
      },
    ]
  })
}

function itemAt(list: unknown, index: number): unknown {
  return Array.isArray(list) ? list[index] : undefined
}
