import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { open, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { checkDataFolder } from '../../../hub/storage/open-storage.js'
import { LITTLE_ROOM } from '../../../methods/headline/headline.js'
import { formatBytes, formatCount } from '../../terminal/figures.js'
import { type Check, messageOfThrown, ok, REFUSED, warning, wrong } from './finding.js'
import { short } from './hub-checks.js'

const MEASURE_MS = 1_000
const MEASURE_WRITES = 500
/**
 * Below this rate, `durable` publishers notice the disk. The hub flushes many events at once, so a low rate is enough.
 */
const SLOW_FLUSHES = 50
/** statfs(2): TMPFS_MAGIC, RAMFS_MAGIC */
const IN_MEMORY = [0x01021994, 0x858458f6]

const folder: Check = {
  name: 'data folder',
  async run({ data }) {
    if (data === undefined)
      return [warning('in memory: nothing is kept when the hub ends', 'log.engine: lmdb keeps events')]
    if (!existsSync(data)) {
      const parent = existing(data)
      return mayWrite(parent)
        ? [ok(`${short(data)} is created at the first start`)]
        : [
            wrong(
              `${short(data)} cannot be created: ${parent} is not writable`,
              'choose another with data, or --data',
            ),
          ]
    }
    if (!mayWrite(data))
      return [wrong(`${short(data)} is not writable for this user`, 'run as the user of the hub')]
    const { mode, uid } = statSync(data)
    // For the folder of a hub of another user, what that user may trust counts.
    const danger = uid === process.getuid?.() ? messageOfThrown(() => checkDataFolder(data)) : undefined
    if (danger !== undefined) return [wrong(danger, REFUSED)]
    if ((mode & 0o077) !== 0) return [warning(`others have access to ${short(data)}`, `chmod 700 ${data}`)]
    return [ok(`${short(data)} is private and writable`)]
  },
}

const disk: Check = {
  name: 'disk',
  async run({ data, config }) {
    if (data === undefined) return []
    const { bavail, blocks, bsize, type } = await statfs(existing(data))
    const [free, total] = [bavail * bsize, blocks * bsize]
    const max = config.log.retention.bytes
    const room = `${formatBytes(free)} free of ${formatBytes(total)}`
    const kept = IN_MEMORY.includes(type)
      ? [warning('it is a file system in memory: a power loss empties it')]
      : []
    if (free < LITTLE_ROOM) return [wrong(room, 'make room, or lower log.retention.bytes'), ...kept]
    if (max !== undefined && max > total)
      return [
        warning(`${room}; the log may grow to ${formatBytes(max)}`, 'lower log.retention.bytes'),
        ...kept,
      ]
    return [ok(room), ...kept]
  },
}

const flush: Check = {
  name: 'flush',
  async run({ data }) {
    if (data === undefined) return []
    const where = existing(data)
    if (!mayWrite(where)) return [warning('cannot be measured: the folder is not writable')]
    const { count, ms } = await measureFlushes(where)
    const rate = (count * 1000) / ms
    const text = `${formatCount(Math.round(rate))} flushes/s, ${(ms / count).toFixed(2)} ms each, measured`
    return [rate < SLOW_FLUSHES ? warning(`${text}: slow`, 'put the data folder on a faster disk') : ok(text)]
  },
}

/** Small writes, each flushed to the disk, as at the end of a tick of the hub. */
async function measureFlushes(where: string): Promise<{ count: number; ms: number }> {
  const path = join(where, `.tocsin-doctor-${process.pid}`)
  const file = await open(path, 'wx', 0o600)
  // A file that has no name is gone when this process ends, in whatever way.
  await rm(path, { force: true })
  try {
    const block = new Uint8Array(4096)
    const started = performance.now()
    let count = 0
    while (count < MEASURE_WRITES && performance.now() - started < MEASURE_MS) {
      await file.write(block, 0, block.length, 0)
      await file.datasync()
      count++
    }
    return { count, ms: performance.now() - started }
  } finally {
    await file.close()
  }
}

/** The folder itself, or its nearest parent that exists. */
function existing(path: string): string {
  let here = path
  while (!existsSync(here) && dirname(here) !== here) here = dirname(here)
  return here
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

export const storageChecks = [folder, disk, flush]
