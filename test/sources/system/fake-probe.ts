import type { InterfaceAddress, SystemProbe, Usage } from '../../../src/sources/system/probe.js'

const usual: Record<string, string> = {
  '/proc/loadavg': '0.50 0.40 0.30 2/100 999\n',
  '/proc/meminfo':
    'MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 600 kB\nSwapTotal: 100 kB\nSwapFree: 90 kB\n',
  '/proc/stat': 'cpu 1 2 3\nbtime 1700000000\n',
  '/proc/uptime': '100.50 200.00\n',
  '/proc/sys/kernel/hostname': 'web1\n',
  '/proc/sys/kernel/random/boot_id': 'b00t-1\n',
  '/proc/filesystems': 'nodev\tproc\nnodev\ttmpfs\nnodev\tnfs4\nnodev\toverlay\n\text4\n\tsquashfs\n',
  '/proc/self/mountinfo': '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:21 / /proc rw - proc proc rw\n',
  '/etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
}

/** A simulated host, whose files are texts. */
export class FakeProbe implements SystemProbe {
  architecture = 'x64'
  processors = 2
  kernel = 'Linux 6.1.0'
  readonly files = new Map(Object.entries(usual))
  readonly binary = new Map<string, { id: string; bytes: Uint8Array }>()
  readonly usages = new Map<string, Usage | Promise<Usage>>([['/', usage(50)]])
  readonly usagesAsked: string[] = []
  interfaceAddresses: InterfaceAddress[] = []

  text = (path: string): string => {
    const text = this.files.get(path)
    if (text === undefined) throw new Error(`ENOENT: ${path}`)
    return text
  }

  list = (folder: string): string[] => {
    const inside = [...this.files.keys()].filter((path) => path.startsWith(`${folder}/`))
    return [...new Set(inside.map((path) => path.slice(folder.length + 1).split('/')[0]))]
  }

  identify = (path: string) => {
    const file = this.binary.get(path)
    return file && { id: file.id, size: file.bytes.length }
  }

  read = async (path: string, offset: number, length: number): Promise<Uint8Array> => {
    const file = this.binary.get(path)
    if (!file) throw new Error(`ENOENT: ${path}`)
    return file.bytes.slice(offset, offset + length)
  }

  usage = async (mount: string): Promise<Usage> => {
    this.usagesAsked.push(mount)
    const found = this.usages.get(mount)
    if (!found) throw new Error(`ENOENT: ${mount}`)
    return found
  }

  addresses = () => this.interfaceAddresses

  setInterface(name: string, state: string, flags = '0x1003'): void {
    const folder = `/sys/class/net/${name}`
    this.files.set(`${folder}/operstate`, `${state}\n`)
    this.files.set(`${folder}/flags`, `${flags}\n`)
    this.files.set(`${folder}/address`, '02:00:00:00:00:01\n')
    this.files.set(`${folder}/mtu`, '1500\n')
  }

  removeInterface(name: string): void {
    for (const path of this.files.keys())
      if (path.startsWith(`/sys/class/net/${name}/`)) this.files.delete(path)
  }

  setProcess(pid: number, name: string, startTicks = 100, commandLine = name): void {
    const fields = `S 1 1 1 0 -1 4194560 1 1 0 1 1 1 5 4 20 0 13 0 ${startTicks} 54308864 5258`
    this.files.set(`/proc/${pid}/stat`, `${pid} (${name}) ${fields}\n`)
    this.files.set(`/proc/${pid}/cmdline`, `${commandLine}\0--flag\0`)
  }

  removeProcess(pid: number): void {
    this.files.delete(`/proc/${pid}/stat`)
    this.files.delete(`/proc/${pid}/cmdline`)
  }
}

export function usage(percent: number, inodesPercent = 10): Usage {
  const free = 1000 - percent * 10
  return { total: 1000, free, available: free, inodes: 100, inodesFree: 100 - inodesPercent }
}
