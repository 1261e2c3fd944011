import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

const LISTEN = '0A'

/** The process that listens on a TCP port, as far as this user may know. */
export function holderOf(port: number): string | undefined {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => inodesOn(port, table)))
  if (inodes.size === 0) return undefined
  const pid = list('/proc').find((entry) => /^\d+$/.test(entry) && holds(entry, inodes))
  return pid === undefined ? undefined : `${read(`/proc/${pid}/comm`).trim()} (pid ${pid})`
}

/** proc(5), /proc/net/tcp: local address, state and inode are columns 1, 3 and 9. */
function inodesOn(port: number, table: string): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return read(`/proc/net/${table}`)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(`:${hex}`) && columns[3] === LISTEN)
    .map((columns) => columns[9])
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  return list(`/proc/${pid}/fd`).some((fd) => {
    const target = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${fd}`))
    return target !== null && inodes.has(target[1])
  })
}

function list(folder: string): string[] {
  return quietly(() => readdirSync(folder), [])
}

function read(file: string): string {
  return quietly(() => readFileSync(file, 'utf8'), '')
}

function link(file: string): string {
  return quietly(() => readlinkSync(file), '')
}

function quietly<Value>(get: () => Value, otherwise: Value): Value {
  try {
    return get()
  } catch {
    return otherwise
  }
}
