import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { nextTurn, type Runtime } from '../event/runtime.js'

/** A process for certain: a number is given again, but not to a process that started at the same time. */
export interface ProcessId {
  readonly pid: number
  /** When it started, in ticks of the kernel since the boot. */
  readonly start: number
}

export interface ProcessStat extends ProcessId {
  readonly parent: number
  readonly group: number
  readonly session: number
  /** The letter of its state, such as `S`; `D` does not react to anything. */
  readonly state: string
}

/** Processes that are looked at in one turn of the event loop: less than a millisecond. */
const AT_ONCE = 32

/** All processes but zombies, which in a container may never be collected; undefined on systems without /proc. */
export async function processTable(runtime: Pick<Runtime, 'soon'>): Promise<ProcessStat[] | undefined> {
  if (process.platform !== 'linux') return undefined
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const all: ProcessStat[] = []
  for (let at = 0; at < pids.length; at += AT_ONCE) {
    for (const pid of pids.slice(at, at + AT_ONCE)) {
      const found = processStat(Number(pid))
      if (found !== undefined && found.state !== 'Z' && found.state !== 'X') all.push(found)
    }
    await nextTurn(runtime)
  }
  return all
}

/** Undefined: there is no such process, or no /proc. */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name of the program is in parentheses, and may contain some itself.
    const [state, parent, group, session, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return {
      pid,
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      start: Number(rest[15]),
      state,
    }
  } catch {
    return undefined
  }
}

let space: string | undefined

/**
 * Returns the name of the space that numbers of processes belong to: this boot of the machine and a namespace.
 * Undefined without /proc.
 */
export function numberSpace(): string | undefined {
  space ??= readNumberSpace()
  return space
}

function readNumberSpace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}
