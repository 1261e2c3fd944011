import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireTool } from '../helpers/tools.js'

/** A file system of a few MiB that can be filled, emptied and made read-only. Mounting it requires root. */
export class SmallDisk implements Disposable {
  readonly folder: string
  readonly #ballast: string

  constructor(folder: string, bytes: number) {
    this.folder = folder
    this.#ballast = join(folder, 'ballast')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=700`, 'tmpfs', folder])
  }

  get free(): number {
    const { bavail, bsize } = statfsSync(this.folder)
    return bavail * bsize
  }

  /** Leaves the given number of bytes free. */
  fill(free: number): void {
    writeFileSync(this.#ballast, new Uint8Array(this.free - free))
  }

  makeRoom(): void {
    rmSync(this.#ballast)
  }

  makeReadOnly(): void {
    run('mount', ['-o', 'remount,ro', this.folder])
  }

  [Symbol.dispose](): void {
    run('umount', ['--lazy', this.folder])
  }
}

function run(tool: 'mount' | 'umount', args: readonly string[]): void {
  const { status, stderr } = spawnSync(requireTool(tool), args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')}: ${stderr.trim()} (this test needs root)`)
}
