import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Returns the processor time that all threads of the process have used so far, µs. */
export function cpuMicros(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  return threads.reduce((sum, thread) => sum + schedule(pid, thread)[0], 0)
}

/** Returns how long the main thread has been ready to run without a processor so far, µs. */
export function waitMicros(pid: number): number {
  return schedule(pid, String(pid))[1]
}

/** Returns the time of a thread on a processor, and the time it waited for one, µs. */
function schedule(pid: number, thread: string): number[] {
  const nanos = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
  return nanos.map((value) => Number(value) / 1000)
}

/** Returns the anonymous memory in RAM, KB: without the mapped log, which belongs to the page cache. */
export function anonymousKilobytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN)
}

export interface Descriptors {
  sockets: number
  /** Files, folders and everything else. */
  others: number
}

export function openDescriptors(pid: number): Descriptors {
  const targets = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      // It was closed meanwhile.
      return undefined
    }
  })
  const open = targets.filter((target) => target !== undefined)
  const sockets = open.filter((target) => target.startsWith('socket:')).length
  return { sockets, others: open.length - sockets }
}

export function threadsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length
}
