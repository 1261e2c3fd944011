import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checkDisk, toDiskFault } from '../../storage/disk-fault.js'
import { Environment, type EnvironmentOptions } from '../../storage/environment.js'
import { dataFile, flush } from '../../storage/folder.js'

/**
 * The empty environment of the segment that begins next. It is made ahead, in a folder of its own, and whatever has to
 * wait for the disk waits in the background: as part of the commit that begins a segment it would hold up the event loop.
 */
export class NextSegment {
  readonly #options: EnvironmentOptions
  #making: Promise<void> | undefined

  constructor(options: EnvironmentOptions) {
    this.#options = { ...options, unflushed: true }
  }

  /** Begins to make it, unless that has been done. */
  prepare(): void {
    if (this.#making !== undefined) return
    this.#making = this.#make()
    // Whoever takes it is told.
    this.#making.catch(() => undefined)
  }

  /** Moves it to this folder; that survives a power loss when it resolves. Rejects with a DiskFault. */
  async moveTo(folder: string): Promise<void> {
    this.prepare()
    try {
      await this.#making
      checkDisk(dirname(folder), 0)
      await rename(this.#options.folder, folder)
      await flush(dirname(folder))
    } catch (thrown) {
      throw toDiskFault(thrown, folder)
    } finally {
      this.#making = undefined
    }
  }

  /** Removes what was made, also by an earlier process. */
  async discard(): Promise<void> {
    await this.#making?.catch(() => undefined)
    this.#making = undefined
    await rm(this.#options.folder, { recursive: true, force: true }).catch(() => undefined)
  }

  async #make(): Promise<void> {
    const { folder } = this.#options
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { mode: 0o700 })
    await new Environment(this.#options).close()
    await flush(dataFile(folder))
    await flush(folder)
  }
}
