import type { SystemProbe } from '../system/probe.js'

const MAX_DEVICES = 4096
const MAX_DEPTH = 8
const SECTOR_BYTES = 512

/** An array of md, the software RAID of Linux. */
export interface RaidArray {
  name: string
  /** bytes; undefined if unknown */
  size: number | undefined
  /** undefined: not known, as for a container of arrays, which is never active itself. */
  health: 'ONLINE' | 'DEGRADED' | 'FAULTED' | undefined
}

/** States of an array in which it serves data, according to the kernel. */
const SERVING = new Set([
  'readonly',
  'read-auto',
  'clean',
  'active',
  'write-pending',
  'active-idle',
  'suspended',
])

/** The block devices of a host, as /sys and /proc/mdstat describe them at one moment. */
export class BlockDevices {
  readonly arrays: ReadonlyMap<string, RaidArray>
  readonly #probe: SystemProbe
  /** Names by `major:minor`. */
  readonly #names = new Map<string, string>()

  constructor(probe: SystemProbe) {
    this.#probe = probe
    const names = listOrNone(probe, '/sys/block').slice(0, MAX_DEVICES)
    for (const name of names) {
      const number = textOrNone(probe, `/sys/block/${name}/dev`)
      if (number) this.#names.set(number, name)
    }
    const status = arraysOf(textOrNone(probe, '/proc/mdstat') ?? '')
    const found = new Set([...names.filter((name) => this.#isArray(name)), ...status.keys()])
    this.arrays = new Map([...found].map((name) => [name, this.#array(name, status.get(name))]))
  }

  /** Returns the name of a device in /sys; for a partition, as its source is named. */
  nameOf(device: string, source: string): string {
    return this.#names.get(device) ?? source.replace(/^\/dev\//, '')
  }

  /** Returns the arrays that a file system lies on, also through partitions and the device mapper (LVM, encryption). */
  below(device: string, source: string): RaidArray[] {
    return [...this.#arraysBelow(this.nameOf(device, source), MAX_DEPTH)].map(
      (array) => this.arrays.get(array) as RaidArray,
    )
  }

  #arraysBelow(name: string, depth: number): Set<string> {
    const whole = this.arrays.has(name) ? name : name.replace(/p\d+$/, '')
    if (this.arrays.has(whole)) return new Set([whole])
    if (depth === 0) return new Set()
    const parts = listOrNone(this.#probe, `/sys/block/${name}/slaves`)
    return new Set(parts.flatMap((part) => [...this.#arraysBelow(part, depth - 1)]))
  }

  #isArray(name: string): boolean {
    return textOrNone(this.#probe, `/sys/block/${name}/md/array_state`) !== undefined
  }

  #array(name: string, status: ArrayStatus | undefined): RaidArray {
    const sectors = Number(textOrNone(this.#probe, `/sys/block/${name}/size`))
    const size = sectors > 0 ? sectors * SECTOR_BYTES : undefined
    return { name, size, health: this.#health(name, status) }
  }

  #health(name: string, status: ArrayStatus | undefined): RaidArray['health'] {
    const state = textOrNone(this.#probe, `/sys/block/${name}/md/array_state`)
    const degraded = Number(textOrNone(this.#probe, `/sys/block/${name}/md/degraded`) ?? 0)
    if (state === 'broken') return 'FAULTED'
    if (degraded > 0 || status?.isIncomplete) return 'DEGRADED'
    return (state && SERVING.has(state)) || status?.isActive ? 'ONLINE' : undefined
  }
}

interface ArrayStatus {
  isActive: boolean
  isIncomplete: boolean
}

/** Parses /proc/mdstat: `md0 : active raid1 sdb1[1] sda1[0]`, then `104320 blocks super 1.2 [2/1] [U_]`. */
function arraysOf(text: string): Map<string, ArrayStatus> {
  const arrays = new Map<string, ArrayStatus>()
  let last: ArrayStatus | undefined
  for (const line of text.split('\n').slice(0, MAX_DEVICES)) {
    const head = /^(md\S+) : (\w+)/.exec(line)
    if (head) {
      last = { isActive: head[2] === 'active', isIncomplete: false }
      arrays.set(head[1], last)
    } else if (last && /\[[U_]*_[U_]*\]\s*$/.test(line)) last.isIncomplete = true
  }
  return arrays
}

export function textOrNone(probe: SystemProbe, path: string): string | undefined {
  try {
    return probe.text(path).trim()
  } catch {
    return undefined
  }
}

export function listOrNone(probe: SystemProbe, folder: string): string[] {
  try {
    return probe.list(folder).sort()
  } catch {
    return []
  }
}
