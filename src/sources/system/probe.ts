import { type BigIntStats, readdirSync, readFileSync, statSync } from 'node:fs'
import { open, statfs } from 'node:fs/promises'
import { arch, availableParallelism, networkInterfaces, release, type } from 'node:os'

/** Everything that the source `system` reads from the host. Tests replace it. */
export interface SystemProbe {
  readonly architecture: string
  readonly processors: number
  readonly kernel: string
  /** Returns the text of a small file, such as those in /proc and /sys. Throws if there is none. */
  text(path: string): string
  list(folder: string): string[]
  /** Returns undefined if there is no such file. */
  identify(path: string): FileIdentity | undefined
  /** Reads at most `length` bytes from `offset` on. */
  read(path: string, offset: number, length: number): Promise<Uint8Array>
  usage(mount: string): Promise<Usage>
  addresses(): InterfaceAddress[]
}

export interface FileIdentity {
  /** Device and inode, which a file keeps when it is renamed. */
  id: string
  size: number
}

/** Bytes and inodes of a file system. */
export interface Usage {
  total: number
  free: number
  /** Available to users other than root. */
  available: number
  inodes: number
  inodesFree: number
}

export interface InterfaceAddress {
  interface: string
  /** The address with its prefix length. */
  address: string
  family: 'IPv4' | 'IPv6'
}

export const hostProbe = probeBelow('')

/** Reads the files below `root` in place of those of this host. */
export function probeBelow(root: string): SystemProbe {
  return {
    architecture: arch(),
    processors: availableParallelism(),
    kernel: `${type()} ${release()}`,
    text: (path) => readFileSync(root + path, 'utf8'),
    list: (folder) => readdirSync(root + folder),
    identify(path) {
      const found: BigIntStats | undefined = statSync(root + path, { bigint: true, throwIfNoEntry: false })
      return found?.isFile() ? { id: `${found.dev}:${found.ino}`, size: Number(found.size) } : undefined
    },
    async read(path, offset, length) {
      const file = await open(root + path, 'r')
      try {
        const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset)
        return buffer.subarray(0, bytesRead)
      } finally {
        await file.close()
      }
    },
    async usage(mount) {
      const { bsize, blocks, bfree, bavail, files, ffree } = await statfs(root + mount)
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
}
