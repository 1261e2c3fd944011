import { tagSegment } from '../../event/tag.js'
import type { HostDisk, HostDiskGone } from '../../types/host/system.js'
import type { Collector, CollectorContext } from './collector.js'
import { percent } from './memory.js'
import { MountUsage } from './mount-usage.js'
import { type Mount, parseDevicelessTypes, parseMounts } from './parse-proc.js'
import type { Usage } from './probe.js'
import { Sampled, type SampleOptions } from './sampled.js'

const INTERVAL_MS = 10_000
const MAX_MOUNTS = 256
/** File systems that are always full. */
const IMAGES = new Set(['squashfs', 'iso9660', 'udf', 'erofs', 'cramfs', 'romfs'])
/** File systems on local disks that the kernel lists as having no device. */
const LOCAL = new Set(['zfs', 'btrfs'])

export interface DiskOptions extends SampleOptions {
  mounts: readonly string[]
}

interface WatchedDisk {
  sampled: Sampled
  mount: Mount
}

export function diskCollector(context: CollectorContext, options: DiskOptions): Collector {
  const { probe, runtime } = context
  const watched = new Map<string, WatchedDisk>()
  const usage = new MountUsage(runtime, probe)

  async function lookAt(mount: Mount): Promise<void> {
    const use = diskUse(mount, await usage.of(mount.path))
    if (use.total === 0) return
    const sampled = watched.get(mount.path)?.sampled ?? new Sampled(context, options)
    watched.set(mount.path, { sampled, mount })
    sampled.observe(`disk/${tagSegment(mount.path)}`, Math.max(use.usedPercent, use.inodesUsedPercent), use)
  }

  /** Events that the hub does not accept are published with the next observation. */
  function tellGone(mounts: readonly Mount[]): void {
    const present = new Set(mounts.map(({ path }) => path))
    for (const [path, { mount }] of watched) {
      if (present.has(path)) continue
      const gone: HostDiskGone = { mount: path, device: mount.source, filesystem: mount.type }
      if (context.publish(`disk/${tagSegment(path)}/gone`, gone)) watched.delete(path)
    }
  }

  return {
    name: 'disks',
    every: Math.min(INTERVAL_MS, options.interval),
    async look() {
      const mounts = chooseMounts(
        parseMounts(probe.text('/proc/self/mountinfo')),
        parseDevicelessTypes(probe.text('/proc/filesystems')),
        options.mounts,
      )
      tellGone(mounts)
      const faults: string[] = []
      for (const mount of mounts) {
        if (usage.blocked) {
          faults.push(usage.blocked)
          break
        }
        await lookAt(mount).catch((error) => faults.push(`${mount.path}: ${error.message}`))
      }
      if (faults.length > 0) throw new Error(faults.slice(0, 10).join('; '))
    },
  }
}

/** Returns the configured mount points; otherwise those of local disks, each file system once. */
export function chooseMounts(mounts: Mount[], deviceless: Set<string>, named: readonly string[]): Mount[] {
  // If there are several mounts on one folder, only the last is visible.
  const visible = [...new Map(mounts.map((mount) => [mount.path, mount])).values()]
  if (named.length > 0) return visible.filter(({ path }) => named.includes(path)).slice(0, MAX_MOUNTS)
  const byDevice = new Map<string, Mount>()
  for (const mount of visible) {
    if (!isLocalDisk(mount, deviceless)) continue
    const known = byDevice.get(mount.device)
    if (!known || mount.path.length < known.path.length) byDevice.set(mount.device, mount)
  }
  return [...byDevice.values()].slice(0, MAX_MOUNTS)
}

function isLocalDisk({ type, path }: Mount, deviceless: Set<string>): boolean {
  if (IMAGES.has(type)) return false
  // In a container the root is an overlay. On its host, every container has one, and none is of interest.
  return !deviceless.has(type) || LOCAL.has(type) || (type === 'overlay' && path === '/')
}

function diskUse({ path, source, type }: Mount, usage: Usage): Omit<HostDisk, 'level'> {
  const used = Math.max(0, usage.total - usage.free)
  return {
    mount: path,
    device: source,
    filesystem: type,
    total: usage.total,
    available: usage.available,
    used,
    // As in df(1), relative to the space for users other than root.
    usedPercent: percent(used, used + usage.available),
    inodesUsedPercent: percent(usage.inodes - usage.inodesFree, usage.inodes),
  }
}
