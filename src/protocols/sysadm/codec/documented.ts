import { isObject, own } from '../../../event/json/object.js'
import type { SysadmClass } from './classes.js'
import { commandsOf } from './genuine-job.js'
import { jsonObject, qtJson } from './json.js'
import { POOL_TEXTS } from './pools.js'
import { documentedPriority } from './priority.js'

type Entries = (readonly [key: string, json: string])[]

/** Returns the arguments of an event as JSON, with the keys of the documentation in its order. */
export function documentedArgs(name: SysadmClass, args: unknown): string {
  if (!isObject(args)) return qtJson(args)
  switch (name) {
    case 'dispatcher':
      return dispatcherArgs(args)
    case 'life-preserver':
      return jsonObject(pick(args, ['message', 'priority', 'class']))
    case 'system-state':
      return jsonObject([...pick(args, ['hostname', 'hostnamechanged']), ...pools(args)])
    default:
      return qtJson(args)
  }
}

const WRAPPING: readonly string[] = ['event_system', 'state', 'process_details']

function dispatcherArgs(args: Record<string, unknown>): string {
  if (own(args, 'event_system') === undefined) return jsonObject(jobEntries(args))
  const fields = Object.keys(args).filter((key) => !WRAPPING.includes(key))
  const details = own(args, 'process_details')
  return jsonObject([
    ...pick(args, ['event_system', 'state', ...fields.sort()]),
    ...(isObject(details) ? ([['process_details', jsonObject(jobEntries(details))]] as const) : []),
  ])
}

/** The three forms of a job: pending, running with the output so far, finished with the return codes. */
function jobEntries(job: Record<string, unknown>): Entries {
  const commands = commandsOf(job)
  const codes = commands.map((command) => `return_codes/${command}`)
  switch (own(job, 'state')) {
    case 'running': {
      const keys = ['state', 'cmd_list', 'process_id', 'time_started', 'current_cmd', ...commands, ...codes]
      return pick(job, keys)
    }
    case 'finished':
      return pick(job, ['state', 'time_finished', 'cmd_list', ...codes, 'process_id'])
    default:
      return pick(job, ['state', 'cmd_list', 'process_id'])
  }
}

const POOL_KEYS = [...POOL_TEXTS, 'priority'] as const

function pools(args: Record<string, unknown>): Entries {
  const all = own(args, 'zpools')
  if (!isObject(all)) return []
  const each = Object.entries(all)
    .filter((entry): entry is [string, Record<string, unknown>] => isObject(entry[1]))
    .map(([name, pool]) => [name, jsonObject(pick(pool, POOL_KEYS))] as const)
  return [['zpools', jsonObject(each)]]
}

/** The keys that the object has, once each, in the given order. */
function pick(from: Record<string, unknown>, keys: readonly string[]): Entries {
  return [...new Set(keys)]
    .filter((key) => own(from, key) !== undefined)
    .map((key) => {
      const value = from[key]
      const isPriority = key === 'priority' && typeof value === 'string'
      return [key, qtJson(isPriority ? documentedPriority(value) : value)] as const
    })
}
