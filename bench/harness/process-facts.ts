import { readFileSync } from 'node:fs'

/** Clock ticks a second in /proc/<pid>/stat; fixed on Linux. */
const TICKS = 100

/** User and system time that the process has used so far, µs, all threads. */
export function cpuMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is a name in parentheses that may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1e6) / TICKS
}

/** Anonymous memory in RAM, KB: without the mapped log, which the page cache owns. */
export function anonymousKilobytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN)
}
