import { open, readFile, readlink } from 'node:fs/promises'
import type { ProcessId, ProcessStat } from './process-table.js'

/** The marks that distinguish the processes of a piece of work from all others, wherever they have gone. */
export interface Trace {
  /** `NAME=value` in the environment that they were given. */
  readonly mark: string
  /** The first process of each program, which leads a session. */
  readonly leaders: readonly ProcessId[]
  /** Leaders that this process watches. Their sessions are certainly still theirs, even after they have ended. */
  readonly watched: ReadonlySet<number>
  /** Others that were found before. */
  readonly known: readonly ProcessId[]
  /** The outputs of the processes, as in `/proc/PID/fd`, if nothing else has them. */
  readonly outputs: readonly string[]
}

/** The marks of one process. */
export interface Evidence {
  readonly variables: ReadonlySet<string>
  readonly outputs: readonly string[]
}

/** Bytes that are read of the environment of a process, which may be of any length. */
const MAX_ENVIRONMENT = 256 * 1024
const MAX_COMMAND = 200

/** The processes of the trace. A number alone is no proof: it may have been given again. */
export function ownProcesses(
  trace: Trace,
  table: readonly ProcessStat[],
  evidence: ReadonlyMap<number, Evidence>,
): ProcessStat[] {
  const byPid = new Map(table.map((each) => [each.pid, each]))
  const isKnown = identities([...trace.leaders, ...trace.known])
  const own = new Set(
    table.filter((each) => {
      const said = evidence.get(each.pid)
      if (isKnown(each) || said?.variables.has(trace.mark)) return true
      return said?.outputs.some((output) => trace.outputs.includes(output)) === true
    }),
  )
  const sessions = new Set([...trace.watched].filter((leader) => isSame(byPid.get(leader), trace.leaders)))
  const candidates = startedWith(trace, table)
  for (let before = -1; before < own.size; ) {
    before = own.size
    // Only descendants of its leader can be in a session.
    for (const { session } of own) if (ledByOwn(session, byPid, own, trace)) sessions.add(session)
    for (const each of candidates) {
      const parent = byPid.get(each.parent)
      if (sessions.has(each.session) || (parent !== undefined && own.has(parent))) own.add(each)
    }
  }
  return [...own]
}

/** Those that are not older than the first process of the work. */
export function startedWith({ leaders }: Trace, table: readonly ProcessStat[]): ProcessStat[] {
  const since = Math.min(...leaders.map(({ start }) => start))
  return Number.isFinite(since) ? table.filter(({ start }) => start >= since) : [...table]
}

function identities(ids: readonly ProcessId[]): (each: ProcessId) => boolean {
  const starts = new Set(ids.map(({ pid, start }) => `${pid} ${start}`))
  return ({ pid, start }) => starts.has(`${pid} ${start}`)
}

/** Returns whether the process is the one of this number that was started for the work, or has ended. */
function isSame(process: ProcessStat | undefined, leaders: readonly ProcessId[]): boolean {
  if (process === undefined) return true
  return leaders.some(({ pid, start }) => pid === process.pid && start === process.start)
}

function ledByOwn(
  session: number,
  byPid: ReadonlyMap<number, ProcessStat>,
  own: ReadonlySet<ProcessStat>,
  { leaders }: Trace,
): boolean {
  const leader = byPid.get(session)
  if (leader !== undefined) return own.has(leader)
  return leaders.length > 0
}

/** Reads what a process says of itself. One that hangs in the kernel would hang its reader too. */
export async function evidenceOf({ pid, state }: ProcessStat): Promise<Evidence | undefined> {
  if (state === 'D') return undefined
  const outputs = await Promise.all(['1', '2'].map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  return { variables: new Set((await environmentOf(pid)).split('\0')), outputs }
}

async function environmentOf(pid: number): Promise<string> {
  try {
    await using file = await open(`/proc/${pid}/environ`)
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(MAX_ENVIRONMENT), 0, MAX_ENVIRONMENT, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } catch {
    return ''
  }
}

/** The command line of a process, or the name of its program. */
export async function commandOf(pid: number): Promise<string> {
  const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')
  const words = (await read('cmdline')).replace(/\0+$/, '').replaceAll('\0', ' ')
  return (words === '' ? (await read('comm')).trim() : words).slice(0, MAX_COMMAND)
}
