import { type BigIntStats, readdirSync, readFileSync, statSync } from 'node:fs'
import { open, statfs } from 'node:fs/promises'
import { arch, availableParallelism, networkInterfaces, release, type } from 'node:os'

/** What the source `system` asks of the host, so that tests can answer instead. */
export interface SystemProbe {
  readonly architecture: string
  readonly processors: number
  readonly kernel: string
  /** A small file, such as those in /proc and /sys. Throws where there is none. */
  text(path: string): string
  list(folder: string): string[]
  /** Undefined where there is none. */
  identify(path: string): FileIdentity | undefined
  /** At most `length` bytes from `offset` on. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>
  usage(mount: string): Promise<Usage>
  addresses(): InterfaceAddress[]
}

export interface FileIdentity {
  /** Device and inode: what a file keeps when it is renamed. */
  id: string
  size: number
}

/** Bytes and inodes of a file system. */
export interface Usage {
  total: number
  free: number
  /** To users other than root. */
  available: number
  inodes: number
  inodesFree: number
}

export interface InterfaceAddress {
  interface: string
  /** With the length of the prefix. */
  address: string
  family: 'IPv4' | 'IPv6'
}

export const hostProbe: SystemProbe = {
  architecture: arch(),
  processors: availableParallelism(),
  kernel: `${type()} ${release()}`,
  text: (path) => readFileSync(path, 'utf8'),
  list: (folder) => readdirSync(folder),
  identify(path) {
    const found: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false })
    return found?.isFile() ? { id: `${found.dev}:${found.ino}`, size: Number(found.size) } : undefined
  },
  async read(path, offset, length) {
    const file = await open(path, 'r')
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  },
  async usage(mount) {
    const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(mount)
    return {
      total: blocks * bsize,
      free: bfree * bsize,
      available: bavail * bsize,
      inodes: files,
      inodesFree: ffree,
    }
  },
  addresses() {
    return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
      addresses.map(({ address, cidr, family }) => ({ interface: name, address: cidr ?? address, family })),
    )
  },
}
