import { dirname } from 'node:path'
import { z } from 'zod'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import type { ChangesConfig } from './config.js'
import { FolderWatches } from './folder-watches.js'
import { ignoreTest } from './name-pattern.js'
import { Turns } from './turns.js'
import { WatchedTree } from './watched-tree.js'

/** Changes come in groups: a file is made, written and renamed. */
const SETTLE = 100
/** How long something that is gone is looked for elsewhere. */
const MOVE_WAIT = 500
const RETRY = 100
/** Comparing takes at most this part of the time. */
const SHARE = 1 / 20
/** Changes younger than this may not have been told yet. */
const UNTOLD = 2_000
const UNWATCHED = 'what was moved or deleted while nobody watched is not known'

const position = z.object({
  /** Up to when changes have been told, ms since the epoch. */
  at: z.number(),
})

/** What is created, modified, moved and deleted below some folders. One thing is done at a time. */
export class ChangeSource implements Source {
  readonly #config: ChangesConfig
  readonly #watches: FolderWatches
  readonly #faults = new Map<string, string>()
  /** How many names in which folder. */
  readonly #unreadable = new Map<string, number>()
  /** Folders and roots to compare. */
  readonly #due = new Set<string>()
  #trees: WatchedTree[] = []
  readonly #turns = new Turns({ isDue: () => this.#due.size > 0, run: () => this.#work() })
  #context!: SourceContext
  #tooMany = false
  #round = 0

  constructor(config: ChangesConfig) {
    this.#config = config
    this.#watches = new FolderWatches(config.maxWatches, (folder, path) => this.#changed(folder, path))
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#turns.start(context.runtime)
    const kept = position.safeParse(await context.load()).data
    if (this.#turns.stopped) return
    if (kept) context.lost(undefined, UNWATCHED, Math.round(kept.at * 1000))
    const ignored = ignoreTest(this.#config.ignore)
    this.#trees = this.#config.changes.map(
      (path) =>
        new WatchedTree(path.replace(/(?<=.)\/+$/, ''), {
          maxEntries: this.#config.maxEntries,
          ignored,
          since: kept?.at,
          publish: (change) => context.publish('changed', change),
          folderCame: (folder) => this.#folderCame(folder),
          folderWent: (folder) => this.#folderWent(folder),
          unreadableNames: (folder, count) => this.#countUnreadable(folder, count),
        }),
    )
    this.#compareAll()
  }

  async stop(): Promise<void> {
    this.#watches.close()
    await this.#turns.stop()
  }

  health(): SourceHealth {
    const entries = this.#trees.reduce((sum, tree) => sum + tree.entries, 0)
    const faults = [...this.#faults].slice(0, 10)
    const details: Record<string, unknown> = { entries, watches: this.#watches.count }
    if (this.#watches.fault) details.watch = this.#watches.fault
    if (this.#tooMany) details.limit = `more than ${this.#config.maxEntries} files and folders`
    if (faults.length > 0) details.faults = Object.fromEntries(faults)
    const unreadable = [...this.#unreadable.values()].reduce((sum, count) => sum + count, 0)
    if (unreadable > 0) details.names = `not watched, for their names are no UTF-8: ${unreadable}`
    const isWhole = faults.length === 0 && unreadable === 0 && !this.#tooMany
    return { state: isWhole ? 'up' : 'degraded', details }
  }

  #folderCame(folder: string): void {
    // Watched before it is looked into, so that nothing comes in between.
    this.#watches.add(folder)
    this.#due.add(folder)
  }

  #folderWent(folder: string): void {
    this.#watches.remove(folder)
    this.#unreadable.delete(folder)
  }

  #countUnreadable(folder: string, count: number): void {
    if (count > 0) this.#unreadable.set(folder, count)
    else this.#unreadable.delete(folder)
  }

  #changed(folder: string, path: string | undefined): void {
    this.#due.add(folder)
    if (path !== undefined && this.#trees.some((tree) => tree.path === path)) this.#due.add(path)
    this.#turns.after('settle', SETTLE, () => this.#turns.wake())
  }

  #compareAll(): void {
    this.#round = this.#context.runtime.monotonic()
    for (const tree of this.#trees) {
      this.#watches.add(dirname(tree.path))
      this.#due.add(tree.path)
      // Also those for which there was no watch left before.
      for (const folder of tree.folders()) this.#folderCame(folder)
    }
    this.#turns.wake()
  }

  async #work(): Promise<void> {
    for (const path of this.#due) {
      if (this.#turns.paused) return
      this.#due.delete(path)
      await this.#compare(path)
    }
    this.#finishRound()
  }

  async #compare(path: string): Promise<void> {
    try {
      for (const tree of this.#trees) {
        const taken = (path !== tree.path || (await tree.compareRoot())) && (await tree.compareFolder(path))
        if (!taken) this.#refused(path)
      }
      this.#faults.delete(path)
    } catch (error) {
      this.#faults.set(path, error instanceof Error ? error.message : String(error))
    }
  }

  #refused(path: string): void {
    this.#due.add(path)
    this.#turns.retry()
  }

  /** All that was due has been compared, and told but for what is missing. */
  #finishRound(): void {
    if (this.#trees.some(({ missing }) => missing > 0))
      this.#turns.after('missing', MOVE_WAIT, () => this.#tellMissing())
    else this.#told()
    const tooMany = this.#trees.some((tree) => tree.tooMany)
    if (tooMany && !this.#tooMany) {
      this.#context.lost(undefined, `there are more than ${this.#config.maxEntries} files and folders`)
    }
    this.#tooMany = tooMany
    const took = this.#context.runtime.monotonic() - this.#round
    this.#turns.after('poll', Math.max(this.#config.poll, took / SHARE), () => this.#compareAll())
  }

  #tellMissing(): void {
    // What is missing may be found in a folder that is still to be compared.
    const busy = this.#turns.working || this.#due.size > 0
    const told = !busy && this.#trees.every((tree) => tree.tellMissing())
    if (told) this.#told()
    else this.#turns.after('missing', RETRY, () => this.#tellMissing())
  }

  #told(): void {
    const at = this.#context.runtime.now() / 1000 - UNTOLD
    this.#context.moved(() => ({ at }))
  }
}
