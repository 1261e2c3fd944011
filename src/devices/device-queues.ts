import { setMaxListeners } from 'node:events'
import type { Principal } from '../bus/principal.js'
import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { scatteredPause } from '../event/retry-pause.js'
import { type Cancel, endedInTime, type Runtime } from '../event/runtime.js'
import type { LongWork } from '../incremental/long-work.js'
import type { PushObservers } from '../observers/push.js'
import { Boundary } from '../parts/boundary.js'
import type { NetconfSourceConfig } from '../sources/netconf/config.js'
import type { Bucket, StateChange } from '../state/state-store.js'
import type { DevicesConfig } from './config.js'
import { FirstRead } from './first-read.js'
import { deletedItem, isOver, keyOfItem, overItem, type PushItem } from './item.js'
import { PushEvents, type PushEventsHost } from './push-events.js'
import type { PushRun, PushRunHost } from './push-run.js'
import { checkRoom } from './queue-room.js'
import { isConflict, StoredItems } from './stored-items.js'

/** The reader of XML, which a hub without devices does not need. */
const changes = () => import('../protocols/netconf/codec/configuration.js')

const PAUSES = { first: 1_000, longest: 60_000 }
/** The pause after a fault of the hub itself, ms. */
const FAULT_MS = 5_000
/** Items of a device that are kept when they are over. */
const MAX_KEPT = 100

export interface DeviceQueuesHost extends Omit<PushEventsHost, 'note'> {
  readonly longWork: LongWork
  readonly bucket: Bucket
  readonly observers: PushObservers
  /** True if this hub sends, of those that share the bucket. */
  readonly isPrimary: boolean
}

export interface DevicesSettings {
  readonly devices: DevicesConfig
  readonly sources: { readonly netconf: readonly NetconfSourceConfig[] }
}

export interface NewPush {
  readonly device: string
  readonly change: string
  /** Seconds. */
  readonly confirm: number
  readonly principal: Principal
  readonly usid: number
}

/** A queue of changes for each device, which outlives the hub. */
export class DeviceQueues {
  readonly #host: DeviceQueuesHost
  readonly #boundary = new Boundary('observer', 'pushes', () => undefined)
  readonly #runtime: Runtime
  readonly #events: PushEvents
  #settings: DevicesSettings
  readonly #items = new Map<string, PushItem[]>()
  readonly #stored: StoredItems
  /** Those that are about to be stored for the first time. */
  readonly #added = new Set<PushItem>()
  /** The keys of those that this hub sends now. */
  readonly #sending = new Set<string>()
  /** The keys of those that this hub has deleted, until it hears of that from the bucket. */
  readonly #deleted = new Set<string>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #pauses = new Map<string, Cancel>()
  readonly #watchers = new Set<(item: PushItem) => void>()
  readonly #stopped = new AbortController()
  readonly #firstRead: FirstRead
  #unwatch: () => void = () => undefined
  #last = 0

  constructor(host: DeviceQueuesHost, settings: DevicesSettings) {
    this.#host = host
    this.#runtime = this.#boundary.runtime(host.runtime)
    this.#events = new PushEvents({
      runtime: this.#runtime,
      publish: (event) => host.publish(event),
      note: (thrown) => this.#boundary.note(thrown),
    })
    this.#stored = new StoredItems(host.bucket)
    // One session for each device.
    setMaxListeners(0, this.#stopped.signal)
    this.#settings = settings
    this.#firstRead = new FirstRead({
      ...{ boundary: this.#boundary, runtime: this.#runtime, pauses: PAUSES },
      read: () => this.#readAll(),
      done: () => this.#wakeAll(),
    })
  }

  configure(settings: Partial<DevicesSettings>): void {
    this.#settings = { ...this.#settings, ...settings }
    this.#wakeAll()
  }

  /** Items are known a little later, or as soon as the bucket answers. */
  start(): void {
    const follow = this.#boundary.guard((change: StateChange) => this.#follow(change))
    this.#unwatch = this.#host.bucket.watch('', follow)
    this.#firstRead.start()
  }

  /** An item that is being sent stays where it is; the next start finds out what the device has. */
  async stop(): Promise<void> {
    this.#unwatch()
    this.#firstRead.stop()
    this.#stopped.abort(new Error('the hub stops'))
    for (const cancel of this.#pauses.values()) cancel()
    await endedInTime(this.#runtime, Promise.all(this.#running.values()))
    this.#events.stop()
  }

  /** Throws TCN_DEVICES_UNREAD. */
  list(device?: string): PushItem[] {
    this.#firstRead.check()
    return this.#known(device)
  }

  #known(device?: string): PushItem[] {
    return device === undefined ? [...this.#items.values()].flat() : [...(this.#items.get(device) ?? [])]
  }

  /** Rejects with TCN_DEVICES_PUSH if the device takes none, and with TCN_DEVICES_UNREAD. */
  async add({ device, change, confirm, principal, usid }: NewPush): Promise<PushItem> {
    this.#configOf(device)
    this.#firstRead.check()
    const { readChange } = await changes()
    readChange(change)
    checkRoom([...this.#known(), ...this.#added], device, change)
    const now = this.#runtime.now()
    const id = Math.max(now, this.#last + 1)
    this.#last = id
    const user = principal.name
    const item: PushItem = {
      ...{ id, device, user, usid, change, confirm },
      ...{ state: 'waiting', since: now, attempts: 0 },
    }
    this.#added.add(item)
    try {
      await this.#store(item)
    } finally {
      this.#added.delete(item)
    }
    this.#wake(device)
    return item
  }

  /** Resolves when the item is over. */
  async ended(item: PushItem, signal: AbortSignal): Promise<PushItem> {
    signal.throwIfAborted()
    const now = this.#find(item) ?? deletedItem(item)
    if (isOver(now)) return now
    return new Promise((resolve, reject) => {
      const watcher = (changed: PushItem) => {
        if (keyOfItem(changed) !== keyOfItem(item) || !isOver(changed)) return
        done()
        resolve(changed)
      }
      const aborted = () => {
        done()
        reject(signal.reason)
      }
      const done = () => {
        this.#watchers.delete(watcher)
        signal.removeEventListener('abort', aborted)
      }
      this.#watchers.add(watcher)
      signal.addEventListener('abort', aborted)
    })
  }

  /** Deletes items that are not being sent; `id`: only this one. */
  async prune(device: string, id?: number): Promise<PushItem[]> {
    const gone = this.list(device).filter(
      (item) => !this.#isBusy(item) && item.state !== 'executing' && (id === undefined || item.id === id),
    )
    const isGone = await Promise.all(gone.map((item) => this.#delete(item)))
    this.#wake(device)
    return gone.filter((_, i) => isGone[i])
  }

  /** True if it is being sent or deleted. */
  #isBusy(item: PushItem): boolean {
    const key = keyOfItem(item)
    return this.#sending.has(key) || this.#deleted.has(key)
  }

  #configOf(device: string): NetconfSourceConfig {
    const config = this.#settings.sources.netconf.find(({ name }) => name === device)
    if (config === undefined)
      throw new TocsinError('TCN_DEVICES_PUSH', `sources.netconf has no device ${device}`)
    if (Object.hasOwn(this.#settings.devices, device) && this.#settings.devices[device].push) return config
    throw new TocsinError('TCN_DEVICES_PUSH', `devices.${device}.push is not true`)
  }

  async #readAll(): Promise<void> {
    for await (const item of this.#stored.all()) this.#put(item)
  }

  #wakeAll(): void {
    for (const device of this.#items.keys()) this.#wake(device)
  }

  // ---- the queue of one device

  #wake(device: string): void {
    if (!this.#firstRead.isDone || this.#running.has(device) || this.#stopped.signal.aborted) return
    this.#pauses.get(device)?.()
    this.#pauses.delete(device)
    const item = this.#known(device).find((each) => !isOver(each) && !this.#isBusy(each))
    if (item === undefined) return
    const run = this.#boundary
      .run(() => this.#try(item))
      .then((pause) => {
        this.#running.delete(device)
        if (pause === undefined) this.#wake(device)
        else this.#wakeLater(device, pause)
      })
    this.#running.set(device, run)
  }

  #wakeLater(device: string, pause: number): void {
    if (this.#stopped.signal.aborted) return
    const wake = () => {
      this.#pauses.delete(device)
      this.#wake(device)
    }
    this.#pauses.set(device, this.#runtime.after(pause, wake))
  }

  /** Never rejects. Returns the pause before the next item, or before this one again, ms. */
  async #try(item: PushItem): Promise<number | undefined> {
    if (!this.#host.isPrimary) return scatteredPause(1, PAUSES, this.#runtime)
    const key = keyOfItem(item)
    this.#sending.add(key)
    try {
      await this.#send(item)
    } catch (thrown) {
      // A stop leaves the item as it is.
      if (this.#stopped.signal.aborted || this.#find(item) === undefined) return undefined
      this.#boundary.note(thrown)
      return FAULT_MS
    } finally {
      this.#sending.delete(key)
    }
    const { state, attempts } = this.#find(item) ?? item
    const isOpen = state === 'locked' || state === 'waiting'
    return isOpen ? scatteredPause(attempts, PAUSES, this.#runtime) : undefined
  }

  async #send(item: PushItem): Promise<void> {
    let run: PushRun
    try {
      const { PushRun } = await import('./push-run.js')
      run = new PushRun(this.#runHost(item), item)
    } catch (thrown) {
      await this.#change(item, { state: 'failed', step: undefined, reason: messageOf(thrown) })
      return
    }
    if (item.state === 'executing') return run.recover()
    await this.#change(item, { attempts: item.attempts + 1 })
    await run.run()
  }

  #runHost(item: PushItem): PushRunHost {
    const runtime = this.#runtime
    const { longWork, observers } = this.#host
    const { device } = item
    const { signal } = this.#stopped
    return {
      runtime,
      signal,
      save: (changed) => this.#change(item, changed),
      audit: async ({ id, user, usid }, change) => {
        const { shownChange } = await changes()
        const config = shownChange(change, this.#settings.devices[device]?.secrets ?? [])
        return observers.sending({ id, device, user, usid, config })
      },
      open: async () => {
        const { PushSession } = await import('./push-session.js')
        return PushSession.open(this.#configOf(device), { runtime, longWork, signal })
      },
    }
  }

  #find({ device, id }: PushItem): PushItem | undefined {
    return this.#known(device).find((item) => item.id === id)
  }

  // ---- the items

  /** Rejects if it was deleted. */
  async #change(item: PushItem, changed: Partial<PushItem>): Promise<PushItem> {
    this.#stopped.signal.throwIfAborted()
    const current = this.#find(item)
    if (current === undefined) throw new TocsinError('TCN_DEVICES_PUSH', 'the change was deleted')
    const next: PushItem = { ...current, ...changed, since: this.#runtime.now() }
    const stored = isOver(next) ? overItem(next) : next
    await this.#store(stored)
    if (isOver(stored)) await this.#forgetOld(stored.device)
    return stored
  }

  async #store(item: PushItem): Promise<void> {
    try {
      await this.#stored.write(item)
    } catch (error) {
      if (isConflict(error)) await this.#takeOver(item)
      throw error
    }
    this.#put(item)
    this.#tell(item, item.state)
  }

  /** Another hub has written or deleted it. */
  async #takeOver(item: PushItem): Promise<void> {
    const stored = await this.#stored.again(item)
    if (stored !== undefined) return this.#put(stored)
    this.#drop(item)
    this.#told(item, 'deleted')
  }

  #put(item: PushItem): void {
    const items = this.#items.get(item.device) ?? []
    const at = items.findIndex(({ id }) => id === item.id)
    if (at < 0) items.push(item)
    else items[at] = item
    this.#items.set(item.device, items)
    this.#last = Math.max(this.#last, item.id)
  }

  /** Changes by the other hubs that share the bucket. Those that this one sends itself are its own. */
  #follow(change: StateChange): void {
    const { key } = change
    const [device] = key.split('/', 1)
    const known = this.#known(device).find((item) => keyOfItem(item) === key)
    if (change.type === 'delete') {
      this.#deleted.delete(key)
      if (known === undefined || this.#sending.has(key)) return
      this.#stored.forget(key)
      this.#drop(known)
      this.#told(known, 'deleted')
      return
    }
    if (this.#deleted.has(key) || (this.#host.isPrimary && known !== undefined)) return
    const item = this.#stored.learn(change)
    if (item === undefined) return
    this.#put(item)
    this.#told(item, item.state)
    this.#wake(device)
  }

  async #forgetOld(device: string): Promise<void> {
    const over = this.#known(device).filter(isOver)
    const old = over.slice(0, Math.max(0, over.length - MAX_KEPT))
    await Promise.all(old.map((item) => this.#remove(item))).catch((thrown) => this.#boundary.note(thrown))
  }

  /** Resolves with false if another hub sends it now. */
  async #delete(item: PushItem): Promise<boolean> {
    const isGone = await this.#remove(item)
    if (isGone) this.#tell(item, 'deleted')
    return isGone
  }

  async #remove(item: PushItem): Promise<boolean> {
    const key = keyOfItem(item)
    this.#deleted.add(key)
    try {
      const isGone = await this.#stored.delete(item)
      if (isGone) this.#drop(item)
      else this.#deleted.delete(key)
      return isGone
    } catch (error) {
      this.#deleted.delete(key)
      this.#wake(item.device)
      throw error
    }
  }

  #drop(item: PushItem): void {
    const left = this.#known(item.device).filter(({ id }) => id !== item.id)
    this.#items.set(item.device, left)
  }

  #tell(item: PushItem, state: PushItem['state'] | 'deleted'): void {
    this.#events.tell(item, state)
    this.#told(item, state)
  }

  #told(item: PushItem, state: PushItem['state'] | 'deleted'): void {
    const now = state === 'deleted' ? deletedItem(item) : item
    for (const watcher of [...this.#watchers]) watcher(now)
  }
}
