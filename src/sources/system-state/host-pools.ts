import type { PoolTexts } from '../../protocols/sysadm/codec/pools.js'
import { chooseMounts } from '../system/disks.js'
import { percent } from '../system/memory.js'
import type { MountUsage } from '../system/mount-usage.js'
import { type Mount, parseDevicelessTypes, parseMounts } from '../system/parse-proc.js'
import type { SystemProbe, Usage } from '../system/probe.js'
import { UNKNOWN } from '../zfs/pools.js'
import { BlockDevices, listOrNone, type RaidArray, textOrNone } from './block-devices.js'
import { humanSize } from './human-size.js'

export interface HostPools {
  pools: Map<string, PoolTexts>
  /** Why file systems are missing. */
  faults: string[]
}

const MAX_FAULTS = 10

/**
 * Returns the mounted local file systems as pools, named by where they are mounted, with the health of the arrays below
 * them, and the arrays that lie under none of them.
 */
export async function hostPools(probe: SystemProbe, usage: MountUsage): Promise<HostPools> {
  const devices = new BlockDevices(probe)
  const pools = new Map<string, PoolTexts>()
  const faults: string[] = []
  const used = new Set<RaidArray>()
  for (const mount of mountsOf(probe)) {
    const arrays = devices.below(mount.device, mount.source)
    for (const array of arrays) used.add(array)
    if (usage.blocked) {
      faults.push(usage.blocked)
      continue
    }
    const name = devices.nameOf(mount.device, mount.source)
    const health = healthOf(arrays, hasErrors(probe, mount.type, name))
    await usage.of(mount.path).then(
      (each) => each.total > 0 && pools.set(mount.path, mountTexts(each, health)),
      (error) => faults.push(`${mount.path}: ${error.message}`),
    )
  }
  for (const array of devices.arrays.values()) if (!used.has(array)) pools.set(array.name, arrayTexts(array))
  return { pools, faults: [...new Set(faults)].slice(0, MAX_FAULTS) }
}

function mountsOf(probe: SystemProbe): Mount[] {
  const mounts = parseMounts(probe.text('/proc/self/mountinfo'))
  return chooseMounts(mounts, parseDevicelessTypes(probe.text('/proc/filesystems')), [])
}

const worst = ['FAULTED', 'DEGRADED'] as const

/** Returns ONLINE unless something is known to be wrong: every other word is an alarm. */
function healthOf(arrays: readonly RaidArray[], hasErrors: boolean): string {
  const known = arrays.map(({ health }) => health)
  return worst.find((word) => known.includes(word)) ?? (hasErrors ? 'DEGRADED' : 'ONLINE')
}

/** Returns whether a file system reports errors or missing devices itself. */
function hasErrors(probe: SystemProbe, type: string, device: string): boolean {
  // The number of errors found remains until the file system is checked.
  if (type === 'ext4') return isAboveZero(probe, `/sys/fs/ext4/${device}/errors_count`)
  if (type !== 'btrfs') return false
  return listOrNone(probe, '/sys/fs/btrfs').some((id) => {
    const folder = `/sys/fs/btrfs/${id}`
    if (!listOrNone(probe, `${folder}/devices`).includes(device)) return false
    const parts = listOrNone(probe, `${folder}/devinfo`)
    return parts.some((part) => isAboveZero(probe, `${folder}/devinfo/${part}/missing`))
  })
}

function isAboveZero(probe: SystemProbe, path: string): boolean {
  return Number(textOrNone(probe, path)) > 0
}

const NOT_OF_ZFS = { frag: UNKNOWN, expandsz: UNKNOWN, dedup: '1.00x', altroot: UNKNOWN }

function mountTexts({ total, free, available }: Usage, health: string): PoolTexts {
  const alloc = Math.max(0, total - free)
  return {
    size: humanSize(total),
    alloc: humanSize(alloc),
    free: humanSize(available),
    // As in df(1), relative to the space for users other than root.
    capacity: `${Math.round(percent(alloc, alloc + available))}%`,
    health,
    ...NOT_OF_ZFS,
  }
}

function arrayTexts({ size, health = 'ONLINE' }: RaidArray): PoolTexts {
  return {
    size: size === undefined ? UNKNOWN : humanSize(size),
    alloc: UNKNOWN,
    free: UNKNOWN,
    capacity: UNKNOWN,
    health,
    ...NOT_OF_ZFS,
  }
}
