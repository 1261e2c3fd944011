import { z } from 'zod'
import { TocsinError } from '../errors/tocsin-error.js'
import { decode, encode } from '../event/index.js'
import type { Runtime } from '../event/runtime.js'
import type { Bucket } from '../state/state-store.js'
import type { ViewInfo } from './contract/views.js'

export const MAX_VIEW_NAME = 64
/** Characters of the query of a view. */
export const MAX_VIEW_QUERY = 4096
const MAX_VIEWS = 2000
const MAX_VIEWS_OF_ONE = 100

const record = z.object({
  name: z.string().min(1),
  owner: z.string(),
  shared: z.boolean(),
  query: z.string(),
  changed: z.number(),
})

/** Views of the console: each has a name, which its owner uses once. One change happens after another. */
export class ViewStore {
  readonly #bucket: Bucket
  readonly #runtime: Pick<Runtime, 'now'>
  #last: Promise<unknown> = Promise.resolve()

  constructor(bucket: Bucket, runtime: Pick<Runtime, 'now'>) {
    this.#bucket = bucket
    this.#runtime = runtime
  }

  /** Those of the owner and those that others share, by name. */
  async list(owner: string): Promise<ViewInfo[]> {
    const views = (await this.#all()).filter((view) => view.shared || view.owner === owner)
    return views.sort((a, b) => compare(a.name, b.name) || compare(a.owner, b.owner))
  }

  /** Throws TCN_VIEW_CONFLICT if the owner has a view of that name, unless it is to be replaced. */
  save(view: Omit<ViewInfo, 'changed'>, replace: boolean): Promise<ViewInfo> {
    return this.#inTurn(async () => {
      const views = await this.#all()
      const own = views.filter(({ owner }) => owner === view.owner)
      const isNew = own.every(({ name }) => name !== view.name)
      if (!isNew && !replace) throw conflict(view.name)
      if (isNew && (own.length >= MAX_VIEWS_OF_ONE || views.length >= MAX_VIEWS))
        throw new TocsinError(
          'TCN_VIEW_TOO_MANY',
          `you have ${own.length} views, and the hub has ${views.length}`,
        )
      return this.#put(view)
    })
  }

  /** Throws TCN_VIEW_UNKNOWN, or TCN_VIEW_CONFLICT if the new name is taken. */
  rename(owner: string, name: string, to: string): Promise<ViewInfo> {
    return this.#inTurn(async () => {
      const view = await this.#find(owner, name)
      if (name === to) return view
      if ((await this.#read(owner, to)) !== undefined) throw conflict(to)
      const renamed = await this.#put({ ...view, name: to })
      await this.#bucket.delete(keyOf(owner, name))
      return renamed
    })
  }

  /** Throws TCN_VIEW_UNKNOWN. */
  delete(owner: string, name: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#find(owner, name)
      await this.#bucket.delete(keyOf(owner, name))
    })
  }

  async #find(owner: string, name: string): Promise<ViewInfo> {
    const view = await this.#read(owner, name)
    if (view === undefined) throw new TocsinError('TCN_VIEW_UNKNOWN', `you have no view named ${name}`)
    return view
  }

  async #put(view: Omit<ViewInfo, 'changed'>): Promise<ViewInfo> {
    const kept = { ...view, changed: this.#runtime.now() }
    await this.#bucket.put(keyOf(view.owner, view.name), encode(kept))
    return kept
  }

  async #read(owner: string, name: string): Promise<ViewInfo | undefined> {
    const entry = await this.#bucket.get(keyOf(owner, name))
    return entry && this.#parse(entry.key, entry.value)
  }

  async #all(): Promise<ViewInfo[]> {
    const views: ViewInfo[] = []
    for await (const { key, value } of this.#bucket.list()) {
      const view = this.#parse(key, value)
      if (view !== undefined) views.push(view)
    }
    return views
  }

  #parse(key: string, value: Uint8Array): ViewInfo | undefined {
    try {
      return record.parse(decode(value))
    } catch (error) {
      this.#bucket.reportDamage(key, error)
      return undefined
    }
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const mine = this.#last.then(change, change)
    this.#last = mine.catch(() => {})
    return mine
  }
}

/** A name may have any characters that are seen, also a slash; an owner has none after this. */
function keyOf(owner: string, name: string): string {
  return `${encodeURIComponent(owner)}/${name}`
}

function conflict(name: string): TocsinError {
  return new TocsinError('TCN_VIEW_CONFLICT', `you have a view named ${name} already`)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
