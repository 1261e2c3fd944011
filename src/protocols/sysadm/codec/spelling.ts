import type { SysadmClass } from './classes.js'
import { documentedArgs } from './documented.js'
import { genuineJobArgs } from './genuine-job.js'
import { jsonObject, qtJson } from './json.js'

/** `genuine`: as the programs write events; `documented`: as their documentation does, which differs. */
export type Spelling = 'genuine' | 'documented'

/** Parts of an event that not every client wants. */
export interface EventExtras {
  /** Place of the event in the log, for clients that ask for events of the past. */
  cursor?: string
}

/** Returns the messages of an event; none for one that this spelling does not have. */
export function eventTexts(
  spelling: Spelling,
  name: SysadmClass,
  args: unknown,
  { cursor }: EventExtras = {},
): string[] {
  if (spelling === 'documented') return [documentedEvent(name, args, cursor)]
  return genuineArgs(name, args).map((each) =>
    qtJson({ args: each, cursor, id: '', name, namespace: 'events' }),
  )
}

/**
 * Returns what the log of the class has for an event; undefined: nothing. Of several messages at once it has the last,
 * because a genuine server keeps one entry of a second.
 */
export function loggedArgs(spelling: Spelling, name: SysadmClass, args: unknown): unknown {
  return spelling === 'documented' ? JSON.parse(documentedArgs(name, args)) : genuineArgs(name, args).at(-1)
}

function genuineArgs(name: SysadmClass, args: unknown): unknown[] {
  return name === 'dispatcher' ? genuineJobArgs(args) : [args]
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
