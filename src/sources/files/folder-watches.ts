import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import { codeOf, messageOf } from '../../errors/thrown.js'

/** `path` has changed; undefined if the path is not known. `listed`: names were added or removed. */
export type FolderChange = (folder: string, path: string | undefined, listed: boolean) => void

/** Watches folders, as far as the system has watches left. Other folders must be polled. */
export class FolderWatches {
  readonly #maxWatches: number
  readonly #changed: FolderChange
  readonly #watches = new Map<string, FSWatcher>()
  #fault: string | undefined

  constructor(most: number, changed: FolderChange) {
    this.#maxWatches = most
    this.#changed = changed
  }

  get count(): number {
    return this.#watches.size
  }

  /** Why a folder could not be watched. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** Watches the folder. True if it is watched. */
  add(folder: string): boolean {
    if (this.#watches.has(folder)) return true
    if (this.#watches.size >= this.#maxWatches) {
      this.#fault = `more than ${this.#maxWatches} folders`
      return false
    }
    try {
      const watcher = watch(folder, { persistent: false }, (type, name) => {
        this.#changed(folder, name === null ? undefined : join(folder, name), type === 'rename')
      })
      watcher.on('error', (error) => this.#failed(folder, error))
      this.#watches.set(folder, watcher)
      return true
    } catch (error) {
      this.#failed(folder, error)
      return false
    }
  }

  remove(folder: string): void {
    this.#watches.get(folder)?.close()
    this.#watches.delete(folder)
  }

  /** Watches exactly these folders. True if all of them are watched. */
  set(folders: ReadonlySet<string>): boolean {
    for (const folder of this.#watches.keys()) if (!folders.has(folder)) this.remove(folder)
    this.#fault = undefined
    return [...folders].map((folder) => this.add(folder)).every(Boolean)
  }

  close(): void {
    for (const folder of [...this.#watches.keys()]) this.remove(folder)
  }

  #failed(folder: string, error: unknown): void {
    this.remove(folder)
    // A folder that does not exist is not a fault of the watch.
    if (codeOf(error) !== 'ENOENT') this.#fault = messageOf(error)
  }
}
