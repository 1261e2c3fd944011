import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { TrustedPlace } from '../../config/trusted-file.js'
import type { Zone } from '../../event/zone.js'
import { parseTime } from '../text/time.js'

/** The end of the history, which has the commands of the last weeks. */
const TAIL_BYTES = 256 * 1024
const MAX_COMMAND = 1_000
/** apt writes its time before dpkg does, but both only to the second. */
const SLACK = 1_000_000

/** A command of apt, as its history has it. */
export interface AptCommand {
  command: string
  user?: string
}

/** Returns the command of apt that ran at a time, µs since the epoch; undefined if there is none, or no history. */
export function commandAt(history: string, time: number, now: number, zone: Zone): AptCommand | undefined {
  for (const block of tailOf(history).split(/\n\n+/).reverse()) {
    const fields = fieldsOf(block)
    const timeOf = (name: string) => parseTime((fields[name] ?? '').replace(/ +/, ' '), now, zone)
    const start = timeOf('Start-Date')
    if (start === undefined || start > time + SLACK) continue
    if ((timeOf('End-Date') ?? Number.POSITIVE_INFINITY) + SLACK < time) return undefined
    const { Commandline: command, 'Requested-By': by } = fields
    if (command === undefined) return undefined
    const user = by?.replace(/ \(\d+\)$/, '')
    return { command: command.slice(0, MAX_COMMAND), ...(user !== undefined && { user }) }
  }
  return undefined
}

function fieldsOf(block: string): Record<string, string> {
  const pairs = block.split('\n').map((line) => /^([A-Za-z-]{1,32}): (.*)$/.exec(line))
  return Object.fromEntries(pairs.flatMap((match) => (match === null ? [] : [[match[1], match[2]]])))
}

/** Hosts without apt have no history, and the packages change all the same. */
function tailOf(path: string): string {
  try {
    using place = TrustedPlace.find(path)
    return tailOfFile(openSync(place.path, place.flags | constants.O_RDONLY | constants.O_NONBLOCK))
  } catch {
    return ''
  }
}

function tailOfFile(fd: number): string {
  try {
    const stats = fstatSync(fd)
    if (!stats.isFile()) return ''
    const bytes = Buffer.alloc(Math.min(stats.size, TAIL_BYTES))
    return bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, stats.size - bytes.length))
  } finally {
    closeSync(fd)
  }
}
