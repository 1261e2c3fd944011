import { readFileSync } from 'node:fs'
import { codeOf } from '../errors/thrown.js'

/** The process that uses a folder. Process numbers are reused, so its start time and the boot are recorded too. */
export interface LockHolder {
  pid: number
  /** In clock ticks after the boot; empty if the system does not provide it. */
  start: string
  boot: string
}

export function thisProcess(): LockHolder {
  return { pid: process.pid, start: startOf(process.pid), boot: bootId() }
}

export function isAlive(holder: LockHolder): boolean {
  if (holder.boot !== bootId()) return false
  return holder.start === '' ? answers(holder.pid) : startOf(holder.pid) === holder.start
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id').trim()
}

/** Returns '' for a process that does not exist, or that has ended and waits to be reaped. */
function startOf(pid: number): string {
  // See proc(5): the name in field 2 may contain anything, but ends with the last parenthesis. Field 3 follows.
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, threads, start = ''] = [fields[0], fields[20 - 3], fields[22 - 3]]
  return state === 'Z' && threads === '1' ? '' : start
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function answers(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return codeOf(thrown) === 'EPERM'
  }
}
