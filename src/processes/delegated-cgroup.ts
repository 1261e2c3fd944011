import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Cgroup } from './cgroup.js'
import { processStat } from './process-table.js'

/** The group into which this process moves: one that hands controllers down has no processes itself. */
const OWN_LEAF = 'hub'
/** Controllers that are handed down. */
const CONTROLLERS = ['cpu', 'memory', 'pids'] as const
/** Parents of a process that are looked at. */
const MAX_PARENTS = 64

export interface Delegated {
  /** The group below which this process may make others. */
  readonly folder: string
  /** The controllers that groups below it have, among `cpu`, `memory` and `pids`. */
  readonly controllers: readonly string[]
}

/**
 * Takes the control group of this process for others below it if it is delegated to its user, or the one that is given.
 * Throws an Error with the reason if there is none.
 */
export function takeDelegated(given?: string): Delegated {
  const own = ownCgroup()
  const folder = given ?? delegatedTo(process.getuid?.() ?? 0, own)
  accessSync(join(folder, 'cgroup.procs'), constants.W_OK)
  if (!existsSync(join(folder, 'cgroup.subtree_control')))
    throw new Error(`${folder} is no cgroup of version 2`)
  if (own === folder) moveToLeaf(folder)
  const group = new Cgroup(folder)
  const controllers = CONTROLLERS.filter((name) => group.set('cgroup.subtree_control', `+${name}`))
  return { folder, controllers }
}

function delegatedTo(user: number, own: string | undefined): string {
  if (own === undefined) throw new Error('there is no file system of cgroups of version 2')
  if (user === 0) throw new Error('nothing shows what is delegated to root')
  const folder = basename(own) === OWN_LEAF ? dirname(own) : own
  // A service manager that delegates a group gives it to the user of the service.
  if (statSync(folder).uid !== user) throw new Error(`${folder} is not delegated to the user of the hub`)
  return folder
}

/** The folder of the group of this process; undefined on systems without cgroups of version 2. */
export function ownCgroup(): string | undefined {
  const path = /^0::(\/.*)$/m.exec(contentOf('/proc/self/cgroup'))?.[1]
  const mount = contentOf('/proc/self/mountinfo')
    .split('\n')
    .find((line) => line.includes(' - cgroup2 '))
  const [root, point] = mount?.split(' ').slice(3, 5) ?? []
  if (path === undefined || point === undefined) return undefined
  const below = root === '/' ? path : path.slice(root.length)
  return below.startsWith('/..') ? undefined : join(point, below).replace(/\/$/, '')
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function moveToLeaf(folder: string): void {
  const direct = new Cgroup(folder).direct
  const others = direct.filter((pid) => !isOwn(pid))
  if (others.length > 0) throw new Error(`${folder} has processes other than the hub: ${others[0]}`)
  const leaf = Cgroup.make(join(folder, OWN_LEAF))
  for (const pid of direct) leaf.add(pid)
}

/** Returns true if the process is this one, or was started by it. */
function isOwn(pid: number): boolean {
  for (let each: number | undefined = pid, n = 0; each !== undefined && n < MAX_PARENTS; n++) {
    if (each === process.pid) return true
    each = processStat(each)?.parent
  }
  return false
}
