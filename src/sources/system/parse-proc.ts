/**
 * Parsers for files in /proc (proc(5)). For text that is not as expected they return undefined, or leave out the line.
 */

/** Upper bounds of the parsed text; longer lines and further lines are ignored. */
const MAX_LINE = 4096
const MAX_LINES = 10_000

export interface LoadAverage {
  load1: number
  load5: number
  load15: number
  running: number
  tasks: number
}

/** Parses `0.20 0.18 0.12 1/80 11206`. */
export function parseLoadAverage(text: string): LoadAverage | undefined {
  const match = /^(\d+\.\d+) (\d+\.\d+) (\d+\.\d+) (\d+)\/(\d+) \d+/.exec(text)
  if (!match) return undefined
  const [load1, load5, load15, running, tasks] = match.slice(1).map(Number)
  return { load1, load5, load15, running, tasks }
}

export interface Memory {
  total: number
  available: number
  swapTotal: number
  swapFree: number
}

/** Parses lines such as `MemTotal:       24684096 kB`; returns bytes. */
export function parseMemory(text: string): Memory | undefined {
  const kib = new Map<string, number>()
  for (const line of lines(text)) {
    const match = /^(\w+):\s+(\d{1,12}) kB$/.exec(line)
    if (match) kib.set(match[1], Number(match[2]) * 1024)
  }
  const total = kib.get('MemTotal')
  // Kernels before 3.14 do not report the available memory.
  const available = kib.get('MemAvailable') ?? kib.get('MemFree')
  if (total === undefined || available === undefined || total === 0) return undefined
  return { total, available, swapTotal: kib.get('SwapTotal') ?? 0, swapFree: kib.get('SwapFree') ?? 0 }
}

/** Returns the seconds since the boot, from /proc/uptime: `618.79 1204.62`. */
export function parseUptime(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) /.exec(text)
  return match ? Number(match[1]) : undefined
}

/** Returns the boot time in s since the epoch, from /proc/stat: `btime 1795163855`. */
export function parseBootTime(text: string): number | undefined {
  const match = /^btime (\d{1,12})$/m.exec(text)
  return match ? Number(match[1]) : undefined
}

export interface Mount {
  /** major:minor of the file system */
  device: string
  path: string
  type: string
  source: string
}

/** Parses lines such as `36 35 98:0 /root /mnt rw,noatime shared:1 - ext4 /dev/sda1 rw`. */
export function parseMounts(text: string): Mount[] {
  const mounts: Mount[] = []
  for (const line of lines(text)) {
    const match = /^\d+ \d+ (\d+:\d+) \S+ (\S+) \S+ (?:\S+ )*?- (\S+) (\S*) /.exec(line)
    if (match) {
      mounts.push({
        device: match[1],
        path: unescaped(match[2]),
        type: match[3],
        source: unescaped(match[4]),
      })
    }
  }
  return mounts
}

/** Returns the types of file systems without a device, from /proc/filesystems: `nodev\tsysfs`. */
export function parseDevicelessTypes(text: string): Set<string> {
  const types = new Set<string>()
  for (const line of lines(text)) if (line.startsWith('nodev\t')) types.add(line.slice(6))
  return types
}

export interface ProcessStat {
  pid: number
  /** Name of the program, truncated to 15 bytes. */
  name: string
  parent: number
  /** Clock ticks since the boot. */
  startTicks: number
}

/** Parses `1234 (name) S 1 …`; the name may contain spaces and parentheses. */
export function parseProcessStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 0 || close < open) return undefined
  const fields = text.slice(close + 2).split(' ', 20)
  const pid = Number(text.slice(0, open))
  // Fields 4 and 22 of proc(5); the first one here is field 3.
  const parent = Number(fields[1])
  const startTicks = Number(fields[19])
  if (![pid, parent, startTicks].every((value) => Number.isSafeInteger(value) && value >= 0)) return undefined
  return { pid, name: text.slice(open + 1, close), parent, startTicks }
}

/** Parses `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"` in os-release(5). */
export function parseOsName(text: string): string | undefined {
  return /^PRETTY_NAME="?([^"\n]{1,200})"?$/m.exec(text)?.[1]
}

function* lines(text: string): Iterable<string> {
  let start = 0
  for (let count = 0; start < text.length && count < MAX_LINES; count++) {
    const end = text.indexOf('\n', start)
    const stop = end < 0 ? text.length : end
    if (stop - start <= MAX_LINE) yield text.slice(start, stop)
    start = stop + 1
  }
}

/** Replaces octal escapes: the kernel writes space, tab, line feed and backslash as `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\([0-3][0-7]{2})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
}
