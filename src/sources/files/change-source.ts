import { dirname } from 'node:path'
import { z } from 'zod'
import { messageOf } from '../../errors/thrown.js'
import { faultReason, type Source, type SourceContext, type SourceHealth } from '../source.js'
import type { ChangesConfig } from './config.js'
import { FolderWatches } from './folder-watches.js'
import { ignoreTest } from './name-pattern.js'
import { SingleFlight } from './single-flight.js'
import { WatchedTree } from './watched-tree.js'

/** Changes occur in groups, as when a file is created, written and renamed. */
const SETTLE_MS = 100
/** Time in which a missing file is searched for at other paths before it is reported as deleted. */
const MOVE_WAIT_MS = 500
const RETRY_MS = 100
/** Maximum share of the time that comparing may take. */
const MAX_TIME_SHARE = 1 / 20
/** Changes younger than this may not be reported yet. */
const REPORT_DELAY_MS = 2_000
const UNWATCHED = 'moves and deletions while the source did not run are not known'

const position = z.object({
  /** Until this time all changes are reported, ms since the epoch. */
  at: z.number(),
})

/** Publishes which files and folders are created, modified, moved and deleted below some folders. */
export class ChangeSource implements Source {
  readonly #config: ChangesConfig
  readonly #watches: FolderWatches
  readonly #faults = new Map<string, string>()
  /** Number of unreadable names, by folder. */
  readonly #unreadable = new Map<string, number>()
  /** Folders and roots to compare. */
  readonly #due = new Set<string>()
  #trees: WatchedTree[] = []
  readonly #flight = new SingleFlight({ isDue: () => this.#due.size > 0, run: () => this.#work() })
  #context!: SourceContext
  #tooMany = false
  #round = 0

  constructor(config: ChangesConfig) {
    this.#config = config
    this.#watches = new FolderWatches(config.maxWatches, (folder, path) => this.#changed(folder, path))
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#flight.start(context.runtime)
    const kept = await context.load((stored) => position.parse(stored))
    if (this.#flight.stopped) return
    if (kept) context.lost(undefined, UNWATCHED, Math.round(kept.at * 1000))
    const ignored = ignoreTest(this.#config.ignore)
    this.#trees = this.#config.changes.map(
      (path) =>
        new WatchedTree(path.replace(/(?<=.)\/+$/, ''), {
          maxEntries: this.#config.maxEntries,
          ignored,
          since: kept?.at,
          publish: (change) =>
            context.attempt(
              () => context.publish('changed', change),
              () => ({ raw: change.path }),
            ),
          folderCame: (folder) => this.#folderCame(folder),
          folderWent: (folder) => this.#folderWent(folder),
          unreadableNames: (folder, count) => this.#countUnreadable(folder, count),
        }),
    )
    this.#compareAll()
  }

  async stop(): Promise<void> {
    this.#watches.close()
    await this.#flight.stop()
  }

  health(): SourceHealth {
    const entries = this.#trees.reduce((sum, tree) => sum + tree.entries, 0)
    const faults = [...this.#faults].slice(0, 10)
    const details: Record<string, unknown> = { entries, watches: this.#watches.count }
    if (this.#watches.fault) details.watch = this.#watches.fault
    if (this.#tooMany) details.limit = `more than ${this.#config.maxEntries} files and folders`
    if (faults.length > 0) details.faults = Object.fromEntries(faults)
    const unreadable = [...this.#unreadable.values()].reduce((sum, count) => sum + count, 0)
    if (unreadable > 0) details.names = `${unreadable} not watched, since their names are not UTF-8`
    const isWhole = faults.length === 0 && unreadable === 0 && !this.#tooMany
    const reason = details.limit ?? faultReason(faults) ?? details.names
    return { state: isWhole ? 'up' : 'degraded', reason: reason as string | undefined, details }
  }

  #folderCame(folder: string): void {
    // The folder is watched before it is read, so that no change is missed in between.
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
    this.#flight.after('settle', SETTLE_MS, () => this.#flight.wake())
  }

  #compareAll(): void {
    this.#round = this.#context.runtime.monotonic()
    for (const tree of this.#trees) {
      this.#watches.add(dirname(tree.path))
      this.#due.add(tree.path)
      // Includes folders for which the system had no watch left before.
      for (const folder of tree.folders()) this.#folderCame(folder)
    }
    this.#flight.wake()
  }

  async #work(): Promise<void> {
    for (const path of this.#due) {
      if (this.#flight.paused) return
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
      this.#faults.set(path, messageOf(error))
    }
  }

  #refused(path: string): void {
    this.#due.add(path)
    this.#flight.retry()
  }

  /** Called when everything due has been compared and reported, except for missing entries. */
  #finishRound(): void {
    if (this.#trees.some(({ missing }) => missing > 0))
      this.#flight.after('missing', MOVE_WAIT_MS, () => this.#reportMissing())
    else this.#markReported()
    const tooMany = this.#trees.some((tree) => tree.tooMany)
    if (tooMany && !this.#tooMany) {
      this.#context.lost(undefined, `there are more than ${this.#config.maxEntries} files and folders`)
    }
    this.#tooMany = tooMany
    const took = this.#context.runtime.monotonic() - this.#round
    this.#flight.after('poll', Math.max(this.#config.poll, took / MAX_TIME_SHARE), () => this.#compareAll())
  }

  #reportMissing(): void {
    // A missing entry may still be found in a folder that is not compared yet.
    const busy = this.#flight.working || this.#due.size > 0
    const told = !busy && this.#trees.every((tree) => tree.reportMissing())
    if (told) this.#markReported()
    else this.#flight.after('missing', RETRY_MS, () => this.#reportMissing())
  }

  #markReported(): void {
    const at = this.#context.runtime.now() / 1000 - REPORT_DELAY_MS
    this.#context.moved(() => ({ at }))
  }
}
