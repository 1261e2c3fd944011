import type { SysadmClass } from './classes.js'
import { documentedArgs } from './documented.js'
import { isObject, jsonObject, own, qtJson } from './json.js'

/** `genuine`: as the programs write events; `documented`: as their documentation does, which differs. */
export type Spelling = 'genuine' | 'documented'

/** Parts of an event that not every client wants. */
export interface EventExtras {
  /** Place of the event in the log, for clients that ask for events of the past. */
  cursor?: string
}

/** Returns the message of an event; undefined for an event that this spelling does not have. */
export function eventText(
  spelling: Spelling,
  name: SysadmClass,
  args: unknown,
  { cursor }: EventExtras = {},
): string | undefined {
  if (spelling === 'documented') return documentedEvent(name, args, cursor)
  const sent = name === 'dispatcher' ? genuineDispatcherArgs(args) : args
  return sent === undefined ? undefined : qtJson({ args: sent, cursor, id: '', name, namespace: 'events' })
}

/**
 * The genuine server reports of a plain job only that it runs and that it has finished; of the jobs of some of its
 * classes, which it wraps, it reports everything.
 */
function genuineDispatcherArgs(args: unknown): unknown {
  const state = own(args, 'state')
  if (!isObject(args) || own(args, 'event_system') !== undefined || state === 'finished') return args
  if (state !== 'running' || own(args, 'current_cmd') !== undefined) return undefined
  return { process_id: args.process_id, state }
}

function documentedEvent(name: SysadmClass, args: unknown, cursor: string | undefined): string {
  const id = name === 'bridge' ? '' : 'none'
  const namespace: [string, string] = ['namespace', '"events"']
  const identity: [string, string] = ['id', JSON.stringify(id)]
  return jsonObject([
    ...(name === 'bridge' ? [identity, namespace] : [namespace]),
    ['name', JSON.stringify(name.replaceAll('-', '_'))],
    ...(name === 'bridge' ? [] : [identity]),
    ['args', documentedArgs(name, args)],
    ...(cursor === undefined ? [] : [['cursor', JSON.stringify(cursor)] as const]),
  ])
}
