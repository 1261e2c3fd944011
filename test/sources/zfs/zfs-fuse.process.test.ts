import { execFileSync, spawn } from 'node:child_process'
import { accessSync, existsSync, truncateSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { runProgram } from '../../../src/sources/run-program.js'
import { NoZfs, ZfsTools } from '../../../src/sources/zfs/command.js'
import { listPools } from '../../../src/sources/zfs/pools.js'
import { listPoolIds, listSnapshots } from '../../../src/sources/zfs/snapshots.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

/** Why real pools cannot be made here; undefined if they can. */
function obstacle(): string | undefined {
  const installed = (process.env.PATH ?? '').split(delimiter).some((dir) => existsSync(join(dir, 'zfs-fuse')))
  if (!installed) return 'zfs-fuse is not installed'
  if (process.getuid?.() !== 0) return 'zfs-fuse needs root'
  if (existsSync('/dev/zfs')) return 'the kernel has a ZFS of its own'
  try {
    accessSync('/dev/fuse')
    return undefined
  } catch {
    return '/dev/fuse cannot be used'
  }
}

const zpool = (...args: string[]) => execFileSync('zpool', args, { timeout: 10_000, stdio: 'pipe' })
const zfs = (...args: string[]) => execFileSync('zfs', args, { timeout: 10_000, stdio: 'pipe' })

/** A mirror of two files, in a daemon that ends with the test. */
async function makePool(): Promise<{ pool: string; disk: string }> {
  const folder = temporaryFolder('zfs')
  const pool = `tocsin${process.pid}`
  const daemon = spawn('zfs-fuse', ['-n'], { stdio: 'ignore' })
  await vi.waitFor(() => zpool('list'), { timeout: 30_000, interval: 50 })
  const disks = [join(folder, 'disk1'), join(folder, 'disk2')]
  for (const disk of disks) {
    writeFileSync(disk, '')
    truncateSync(disk, 100 * 2 ** 20)
  }
  onTestFinished(() => {
    zpool('destroy', '-f', pool)
    daemon.kill()
  })
  zpool('create', '-m', 'none', pool, 'mirror', ...disks)
  return { pool, disk: disks[1] }
}

const reason = obstacle()
if (reason === undefined) test('real pools and snapshots of zfs-fuse are read', readRealPools)
else test(`where ${reason}, the host has pools of its own, or says that it has no ZFS`, askTheHost)

async function askTheHost(): Promise<void> {
  const pools = await listPools(new ZfsTools(realRuntime, runProgram)).catch((error) => error)
  expect(pools instanceof Map || pools instanceof NoZfs, String(pools)).toBe(true)
}

async function readRealPools(): Promise<void> {
  const { pool, disk } = await makePool()
  const tools = new ZfsTools(realRuntime, runProgram)
  expect((await listPools(tools)).get(pool)).toMatchObject({ size: '95.5M', health: 'ONLINE', frag: '-' })
  zpool('offline', pool, disk)
  expect((await listPools(tools)).get(pool)?.health).toBe('DEGRADED')
  zfs('snapshot', `${pool}@a`)
  zfs('snapshot', `${pool}@b`)
  const { snapshots } = await listSnapshots(tools)
  const own = snapshots.filter((snapshot) => snapshot.pool === pool)
  expect(own.map(({ name }) => name)).toEqual(['a', 'b'])
  expect(own[1].transaction).toBeGreaterThan(own[0].transaction)
  expect(Math.abs(own[0].created - Date.now())).toBeLessThan(120_000)
  expect((await listPoolIds(tools)).get(pool)).toMatch(/^\d+$/)
}
