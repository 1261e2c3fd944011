import { isObject, own } from '../../../event/json/object.js'
import type { subscribableClasses } from '../codec/classes.js'
import { qtJson } from '../codec/json.js'
import { POOL_TEXTS, type PoolTexts } from '../codec/pools.js'
import { textIn } from './message.js'

/** A class to which a client can subscribe. */
export type SysadmSubscription = (typeof subscribableClasses)[number]

/** A priority such as `7 - Critical`. */
export interface SysadmPriority {
  /** 0 to 10 */
  level: number
  word: string
}

interface EventBase<Args> {
  /** The arguments as the server sent them. */
  args: Args
  /** Place in the log of a hub, which a genuine server does not have. */
  cursor?: string
}

type Args = Record<string, unknown>

/** A report of a job. */
export interface DispatcherEvent extends EventBase<Args> {
  class: 'dispatcher'
  job: string
  state: 'pending' | 'running' | 'finished' | (string & {})
  /** Such as `sysadm/pkg`, for jobs whose events have fields of their own in `args`. */
  system?: string
  commands: string[]
  /** Output so far, by command. While the job runs, a server may send only what is new. */
  output: Record<string, string>
  /** By command. -1: the program could not be started. */
  returnCodes: Record<string, number>
  /** Why the job was cut short, which only hubs say. */
  reason?: string
}

export interface LifePreserverEvent extends EventBase<Args> {
  class: 'life-preserver'
  kind: 'snapshot' | 'replication' | (string & {})
  message: string
  priority?: SysadmPriority
}

/** A storage pool: the texts of `zpool list`. */
export interface SysadmPool extends PoolTexts {
  /** Not sent by genuine servers. */
  priority?: SysadmPriority
}

export interface SystemStateEvent extends EventBase<Args> {
  class: 'system-state'
  hostname: string
  hostnameChanged: boolean
  pools: Record<string, SysadmPool>
  priority?: SysadmPriority
}

/** All peers that can be reached through a bridge. */
export interface BridgeEvent extends EventBase<Args> {
  class: 'bridge'
  connections: string[]
}

/** Any event of a hub. `args` is its CloudEvent. */
export interface HubEvent extends EventBase<Args> {
  class: 'tocsin'
  tag: string
  type: string
  source: string
  /** Undefined if the body is not JSON. */
  data: unknown
}

/** An event of a class that this client does not know. */
export interface OtherEvent extends EventBase<unknown> {
  class: 'other'
  name: string
}

/** Events are missing here. */
export interface GapEvent {
  class: 'gap'
  /** Undefined: an unknown number. */
  lost?: number
  reason: string
}

export type ServerEvent =
  | DispatcherEvent
  | LifePreserverEvent
  | SystemStateEvent
  | BridgeEvent
  | HubEvent
  | OtherEvent

export type SysadmEvent = ServerEvent | GapEvent

/**
 * Reads an event. Class names may have a hyphen, as the programs write them, or an underscore, as documented.
 *
 * @example
 * const event = readEvent('dispatcher', { process_id: 'j1', state: 'running' })
 * if (event.class === 'dispatcher') console.log(event.job, event.state)
 */
export function readEvent(name: string, args: unknown, cursor?: string): ServerEvent {
  const common = cursor === undefined ? {} : { cursor }
  if (!isObject(args)) return { class: 'other', name, args, ...common }
  const base = { args, ...common }
  switch (name.replaceAll('_', '-').toLowerCase()) {
    case 'dispatcher':
      return dispatcherEvent(base)
    case 'life-preserver':
      return {
        class: 'life-preserver',
        kind: textIn(args, 'class'),
        message: textIn(args, 'message'),
        ...priorityIn(args),
        ...base,
      }
    case 'system-state':
      return {
        class: 'system-state',
        hostname: textIn(args, 'hostname'),
        hostnameChanged: textIn(args, 'hostnamechanged') === 'true',
        pools: readPools(own(args, 'zpools')),
        ...priorityIn(args),
        ...base,
      }
    case 'bridge':
      return { class: 'bridge', connections: texts(own(args, 'available_connections')), ...base }
    case 'tocsin':
      return hubEvent(base)
    default:
      return { class: 'other', name, ...base }
  }
}

/**
 * Reads a priority in the form of the programs, `7 - Critical`, or of the documentation, `7/Critical`.
 *
 * @example
 * readPriority('7 - Critical') // { level: 7, word: 'Critical' }
 */
export function readPriority(text: unknown): SysadmPriority | undefined {
  const found = typeof text === 'string' ? /^\s*(\d{1,2})\s*(?:-|\/)?\s*(.{0,40})$/.exec(text) : null
  if (found === null || Number(found[1]) > 10) return undefined
  return { level: Number(found[1]), word: found[2].trim() }
}

/** Returns the event as the programs write it, so that equal events of servers of both kinds are equal. */
export function genuineArgs({ args }: ServerEvent): unknown {
  return withGenuinePriority(args)
}

function withGenuinePriority(value: unknown): unknown {
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => {
      if (key === 'zpools' && isObject(each))
        return [
          key,
          Object.fromEntries(Object.entries(each).map(([pool, of]) => [pool, withGenuinePriority(of)])),
        ]
      const isDocumented = key === 'priority' && typeof each === 'string'
      return [key, isDocumented ? each.replace(/^(\d+)\//, '$1 - ') : each]
    }),
  )
}

/** A text that is the same for equal arguments. */
export function fingerprintOf(event: ServerEvent): string {
  return qtJson(event.args)
}

function dispatcherEvent(base: EventBase<Args>): DispatcherEvent {
  const system = textIn(base.args, 'event_system')
  const details = own(base.args, 'process_details')
  const job = system !== '' && isObject(details) ? details : base.args
  const commands = texts(own(job, 'cmd_list'))
  const reason = textIn(job, 'reason')
  return {
    class: 'dispatcher',
    job: textIn(job, 'process_id'),
    state: textIn(base.args, 'state'),
    ...(system === '' ? {} : { system }),
    ...(reason === '' ? {} : { reason }),
    commands,
    output: byCommand(commands, (command) => {
      const text = own(job, command)
      return typeof text === 'string' ? text : undefined
    }),
    returnCodes: byCommand(commands, (command) => codeOf(own(job, `return_codes/${command}`))),
    ...base,
  }
}

function hubEvent(base: EventBase<Args>): HubEvent {
  const { args } = base
  return {
    class: 'tocsin',
    tag: textIn(args, 'subject'),
    type: textIn(args, 'type'),
    source: textIn(args, 'source'),
    data: own(args, 'data'),
    // An event with an id of its own names its place beside it.
    cursor: textIn(args, 'cursor') || textIn(args, 'id'),
    ...base,
  }
}

function codeOf(value: unknown): number | undefined {
  const code = typeof value === 'string' && value !== '' ? Number(value) : value
  return typeof code === 'number' && Number.isInteger(code) ? code : undefined
}

function byCommand<Value>(
  commands: readonly string[],
  read: (command: string) => Value | undefined,
): Record<string, Value> {
  const found: [string, Value][] = []
  for (const command of commands) {
    const value = read(command)
    if (value !== undefined) found.push([command, value])
  }
  return Object.fromEntries(found)
}

function priorityIn(args: Args): { priority?: SysadmPriority } {
  const priority = readPriority(own(args, 'priority'))
  return priority === undefined ? {} : { priority }
}

function readPools(value: unknown): Record<string, SysadmPool> {
  if (!isObject(value)) return {}
  return Object.fromEntries(
    Object.entries(value)
      .filter((entry): entry is [string, Args] => isObject(entry[1]))
      .map(([name, pool]) => {
        const fields = Object.fromEntries(POOL_TEXTS.map((key) => [key, textIn(pool, key)]))
        return [name, { ...fields, ...priorityIn(pool) } as SysadmPool]
      }),
  )
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
