import { formatTime } from '../../event/position.js'
import { tagSegment } from '../../event/tag.js'
import type { HostProcess } from '../../types/host/system.js'
import type { Collector, CollectorContext } from './collector.js'
import { type ProcessStat, parseBootTime, parseProcessStat } from './parse-proc.js'
import type { SystemProbe } from './probe.js'

const INTERVAL_MS = 2_000
/** Maximum share of the time that observing may take. */
const MAX_TIME_SHARE = 1 / 50
const PIDS_PER_TURN = 200
/** USER_HZ, which is the same on all processors that Node supports. */
const TICKS_PER_SECOND = 100
/** The kernel truncates names to this length. */
const KERNEL_NAME_BYTES = 15

interface WatchedProcess {
  name: string
  pid: number
  parent: number
  /** µs since the epoch */
  since: number
}

/** Publishes starts and exits of programs by name. Programs that run at the first observation are not reported. */
export function processCollector(context: CollectorContext, names: readonly string[]): Collector {
  const { probe, runtime } = context
  const byKernelName = new Map<string, string[]>()
  for (const name of names)
    byKernelName.set(kernelName(name), [...(byKernelName.get(kernelName(name)) ?? []), name])
  let known: Map<string, WatchedProcess> | undefined
  let every = INTERVAL_MS

  function watchedIn(pid: string, bootTime: number): [string, WatchedProcess] | undefined {
    const stat = readStat(probe, pid)
    const names = stat && byKernelName.get(stat.name)
    if (!names) return undefined
    const name = names.find((name) => name === stat.name || name === programName(probe, pid))
    if (name === undefined) return undefined
    const since = Math.round((bootTime + stat.startTicks / TICKS_PER_SECOND) * 1e6)
    return [`${pid} ${stat.startTicks} ${name}`, { name, pid: stat.pid, parent: stat.parent, since }]
  }

  async function findAll(): Promise<Map<string, WatchedProcess>> {
    const found = new Map<string, WatchedProcess>()
    const bootTime = parseBootTime(probe.text('/proc/stat')) ?? 0
    const pids = probe.list('/proc').filter((name) => /^\d+$/.test(name))
    for (let i = 0; i < pids.length; i++) {
      const watched = watchedIn(pids[i], bootTime)
      if (watched) found.set(...watched)
      if (i % PIDS_PER_TURN === PIDS_PER_TURN - 1) await new Promise<void>((next) => runtime.soon(next))
    }
    return found
  }

  function publish(change: HostProcess['change'], { name, pid, parent, since }: WatchedProcess): boolean {
    const data: HostProcess = { name, change, pid, parent, since: formatTime(since) }
    return context.publish(`process/${tagSegment(name)}/${change}`, data)
  }

  return {
    name: 'processes',
    get every() {
      return every
    },
    async look() {
      const begun = runtime.monotonic()
      const found = await findAll()
      every = Math.max(INTERVAL_MS, (runtime.monotonic() - begun) / MAX_TIME_SHARE)
      if (!known) {
        known = found
        return
      }
      for (const [key, gone] of known) if (!found.has(key) && publish('exited', gone)) known.delete(key)
      for (const [key, fresh] of found) {
        if (!known.has(key) && publish('started', fresh)) known.set(key, fresh)
      }
    },
  }
}

function readStat(probe: SystemProbe, pid: string): ProcessStat | undefined {
  try {
    return parseProcessStat(probe.text(`/proc/${pid}/stat`))
  } catch {
    // The process has exited since it was listed.
    return undefined
  }
}

function programName(probe: SystemProbe, pid: string): string | undefined {
  try {
    return probe.text(`/proc/${pid}/cmdline`).split('\0', 1)[0].split('/').at(-1)
  } catch {
    return undefined
  }
}

function kernelName(name: string): string {
  const bytes = new TextEncoder().encode(name)
  return new TextDecoder().decode(bytes.subarray(0, KERNEL_NAME_BYTES))
}
