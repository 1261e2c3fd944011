import { z } from 'zod'
import { TocsinError } from '../errors/tocsin-error.js'
import { decode, encode } from '../event/index.js'
import type { Runtime } from '../event/runtime.js'
import type { Bucket, StateEntry } from '../state/state-store.js'
import type { ViewInfo } from './contract/index.js'

export const MAX_VIEW_NAME = 64
/** Characters of the query of a view. */
export const MAX_VIEW_QUERY = 4096
const MAX_VIEWS = 2000
const MAX_VIEWS_OF_ONE = 100
/** A view whose owner is no principal any more is kept for this time, µs, in case that was a mistake. */
const OWNERLESS_KEPT = 30 * 86_400e6

const record = z.object({
  name: z.string().min(1),
  owner: z.string(),
  shared: z.boolean(),
  query: z.string(),
  changed: z.number(),
  /** When its owner was first found to be no principal any more, µs. */
  ownerless: z.number().optional(),
})
type ViewRecord = z.output<typeof record>

/**
 * Views of the console, of all hubs that share the store: each has a name, which its owner uses once. One change of
 * this hub happens after another.
 */
export class ViewStore {
  readonly #bucket: Bucket
  readonly #runtime: Pick<Runtime, 'now'>
  readonly #isPrincipal: (name: string) => boolean
  #last: Promise<unknown> = Promise.resolve()

  constructor(bucket: Bucket, runtime: Pick<Runtime, 'now'>, isPrincipal: (name: string) => boolean) {
    this.#bucket = bucket
    this.#runtime = runtime
    this.#isPrincipal = isPrincipal
  }

  /** Those of the owner and those that others share, by name. */
  list(owner: string): Promise<ViewInfo[]> {
    return this.#inTurn(async () => {
      const views = (await this.#all()).owned.filter((view) => view.shared || view.owner === owner)
      return views.sort((a, b) => compare(a.name, b.name) || compare(a.owner, b.owner))
    })
  }

  /** Throws TCN_VIEW_CONFLICT if the owner has a view of that name, unless it is to be replaced. */
  save(view: Omit<ViewInfo, 'changed'>, replace: boolean): Promise<ViewInfo> {
    return this.#inTurn(async () => {
      const { owned, ownerless } = await this.#all()
      const own = owned.filter(({ owner }) => owner === view.owner)
      const isNew = own.every(({ name }) => name !== view.name)
      if (!isNew && !replace) throw conflict(view.name)
      if (isNew && (own.length >= MAX_VIEWS_OF_ONE || owned.length >= MAX_VIEWS))
        throw new TocsinError(
          'TCN_VIEW_TOO_MANY',
          `you have ${own.length} views, and the hub has ${owned.length}`,
        )
      const surplus = owned.length + ownerless.length >= MAX_VIEWS ? ownerless.at(0) : undefined
      if (surplus !== undefined) await this.#bucket.delete(keyOf(surplus.owner, surplus.name))
      return this.#put(view, replace)
    })
  }

  /** Throws TCN_VIEW_UNKNOWN, or TCN_VIEW_CONFLICT if the new name is taken. */
  rename(owner: string, name: string, to: string): Promise<ViewInfo> {
    return this.#inTurn(async () => {
      const view = await this.#find(owner, name)
      if (name === to) return view
      if ((await this.#read(owner, to)) !== undefined) throw conflict(to)
      const renamed = await this.#put({ ...view, name: to }, false)
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

  async #put({ owner, name, shared, query }: Omit<ViewInfo, 'changed'>, replace: boolean): Promise<ViewInfo> {
    const view = { name, owner, shared, query, changed: this.#runtime.now() }
    const [key, value] = [keyOf(owner, name), encode(view)]
    if (replace) await this.#bucket.put(key, value)
    else await this.#bucket.compareAndSet(key, value, 0).catch((error) => throwTaken(error, name))
    return view
  }

  async #read(owner: string, name: string): Promise<ViewInfo | undefined> {
    const entry = await this.#bucket.get(keyOf(owner, name))
    const found = entry && this.#parse(entry.key, entry.value)
    return found && infoOf(found)
  }

  async #all(): Promise<{ owned: ViewInfo[]; ownerless: ViewInfo[] }> {
    const found = { owned: [] as ViewInfo[], ownerless: [] as ViewInfo[] }
    for await (const entry of this.#bucket.list()) {
      const view = this.#parse(entry.key, entry.value)
      if (view === undefined) continue
      const isOwned = this.#isPrincipal(view.owner)
      const age = this.#runtime.now() - (view.ownerless ?? Number.POSITIVE_INFINITY)
      if (isOwned !== (view.ownerless === undefined)) await this.#mark(entry, view, isOwned)
      if (isOwned || age < OWNERLESS_KEPT) found[isOwned ? 'owned' : 'ownerless'].push(infoOf(view))
      else await this.#bucket.delete(entry.key)
    }
    return found
  }

  /** Notes since when a view has no owner. What another hub does with it meanwhile counts. */
  async #mark({ key, revision }: StateEntry, view: ViewRecord, isOwned: boolean): Promise<void> {
    const marked = { ...infoOf(view), ...(!isOwned && { ownerless: this.#runtime.now() }) }
    await this.#bucket.compareAndSet(key, encode(marked), revision).catch((error) => {
      if (!TocsinError.is(error, 'TCN_STATE_CONFLICT')) throw error
    })
  }

  #parse(key: string, value: Uint8Array): ViewRecord | undefined {
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

function infoOf({ ownerless: _, ...view }: ViewRecord): ViewInfo {
  return view
}

/** Another hub may have kept a view of this name meanwhile. */
function throwTaken(error: unknown, name: string): never {
  throw TocsinError.is(error, 'TCN_STATE_CONFLICT') ? conflict(name) : error
}

function conflict(name: string): TocsinError {
  return new TocsinError('TCN_VIEW_CONFLICT', `you have a view named ${name} already`)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
