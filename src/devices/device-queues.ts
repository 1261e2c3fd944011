import type { Principal } from '../bus/principal.js'
import { messageOf } from '../errors/thrown.js'
import { TocsinError } from '../errors/tocsin-error.js'
import { scatteredPause } from '../event/retry-pause.js'
import { type Cancel, endedInTime, type Runtime } from '../event/runtime.js'
import { tagSegment } from '../event/tag.js'
import type { LongWork } from '../incremental/long-work.js'
import type { PushObservers } from '../observers/push.js'
import { readChange, shownChange } from '../protocols/netconf/codec/configuration.js'
import type { NetconfSourceConfig } from '../sources/netconf/config.js'
import type { Bucket, StateChange } from '../state/state-store.js'
import type { DevicesConfig } from './config.js'
import { isOver, keyOfItem, type PushItem, readItem, writeItem } from './item.js'
import { PushRun } from './push-run.js'
import { PushSession } from './push-session.js'

const PAUSES = { first: 1_000, longest: 60_000 }
/** Items of a device that wait, and items that are kept when they are over. */
const MAX_WAITING = 100
const MAX_KEPT = 100

export interface DeviceQueuesHost {
  readonly runtime: Runtime
  readonly longWork: LongWork
  readonly bucket: Bucket
  readonly observers: PushObservers
  /** True if this hub sends, of those that share the bucket. */
  readonly isPrimary: boolean
  publish(event: { tag: string; data: unknown }): boolean
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
  #settings: DevicesSettings
  readonly #items = new Map<string, PushItem[]>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #pauses = new Map<string, Cancel>()
  readonly #watchers = new Set<(item: PushItem) => void>()
  readonly #stopped = new AbortController()
  #unwatch: () => void = () => undefined
  #last = 0
  #hasBegun = false

  constructor(host: DeviceQueuesHost, settings: DevicesSettings) {
    this.#host = host
    this.#settings = settings
  }

  configure(settings: Partial<DevicesSettings>): void {
    this.#settings = { ...this.#settings, ...settings }
    for (const device of this.#items.keys()) this.#wake(device)
  }

  async start(): Promise<void> {
    this.#unwatch = this.#host.bucket.watch('', (change) => this.#follow(change))
    for await (const { key, value } of this.#host.bucket.list()) {
      try {
        this.#put(readItem(value))
      } catch (error) {
        this.#host.bucket.reportDamage(key, error)
      }
    }
    this.#hasBegun = true
    for (const device of this.#items.keys()) this.#wake(device)
  }

  /** An item that is being sent stays where it is; the next start finds out what the device has. */
  async stop(): Promise<void> {
    this.#unwatch()
    this.#stopped.abort(new Error('the hub stops'))
    for (const cancel of this.#pauses.values()) cancel()
    await endedInTime(this.#host.runtime, Promise.all(this.#running.values()))
  }

  list(device?: string): PushItem[] {
    return device === undefined ? [...this.#items.values()].flat() : [...(this.#items.get(device) ?? [])]
  }

  /** Rejects with TCN_DEVICES_PUSH if the device takes none. */
  async add({ device, change, confirm, principal, usid }: NewPush): Promise<PushItem> {
    this.#configOf(device)
    readChange(change)
    if (this.list(device).filter((item) => !isOver(item)).length >= MAX_WAITING)
      throw new TocsinError('TCN_DEVICES_PUSH', `${MAX_WAITING} changes wait for ${device}`)
    const now = this.#host.runtime.now()
    const id = Math.max(now, this.#last + 1)
    this.#last = id
    const user = principal.name
    const item: PushItem = {
      ...{ id, device, user, usid, change, confirm },
      ...{ state: 'waiting', since: now, attempts: 0 },
    }
    await this.#store(item)
    this.#wake(device)
    return item
  }

  /** Resolves when the item is over. */
  ended(item: PushItem, signal: AbortSignal): Promise<PushItem> {
    return new Promise((resolve, reject) => {
      const watcher = (changed: PushItem) => {
        if (changed.id !== item.id || !isOver(changed)) return
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
      (item) => item.state !== 'executing' && (id === undefined || item.id === id),
    )
    for (const item of gone) await this.#delete(item)
    return gone
  }

  #configOf(device: string): NetconfSourceConfig {
    if (!Object.hasOwn(this.#settings.devices, device) || !this.#settings.devices[device].push)
      throw new TocsinError('TCN_DEVICES_PUSH', `devices.${device}.push is not true`)
    const config = this.#settings.sources.netconf.find(({ name }) => name === device)
    if (config !== undefined) return config
    throw new TocsinError('TCN_DEVICES_PUSH', `sources.netconf has no device ${device}`)
  }

  // ---- the queue of one device

  #wake(device: string): void {
    if (!this.#hasBegun || this.#running.has(device) || this.#stopped.signal.aborted) return
    this.#pauses.get(device)?.()
    this.#pauses.delete(device)
    const run = this.#run(device).finally(() => this.#running.delete(device))
    this.#running.set(device, run)
  }

  async #run(device: string): Promise<void> {
    for (;;) {
      const item = this.list(device).find((each) => !isOver(each))
      if (item === undefined || this.#stopped.signal.aborted) return
      if (!this.#host.isPrimary) return this.#wakeLater(device, 1)
      await this.#send(item)
      const { state, attempts } = this.#current(item)
      if (state === 'locked' || state === 'waiting') return this.#wakeLater(device, attempts)
    }
  }

  #wakeLater(device: string, attempts: number): void {
    const pause = scatteredPause(attempts, PAUSES, this.#host.runtime)
    const wake = () => {
      this.#pauses.delete(device)
      this.#wake(device)
    }
    // After the run has ended, which this is a part of.
    this.#pauses.set(device, this.#host.runtime.after(pause, wake))
  }

  async #send(item: PushItem): Promise<void> {
    const { runtime, longWork, observers } = this.#host
    const { device } = item
    const save = (changed: Partial<PushItem>) => this.#change(item, changed)
    const run = new PushRun(
      {
        runtime,
        save,
        audit: ({ id, user, usid }, change) => {
          const config = shownChange(change, this.#settings.devices[device]?.secrets ?? [])
          return observers.sending({ id, device, user, usid, config })
        },
        open: () =>
          PushSession.open(this.#configOf(device), { runtime, longWork, signal: this.#stopped.signal }),
      },
      item,
    )
    try {
      if (item.state === 'executing') await run.recover()
      else {
        await save({ attempts: item.attempts + 1 })
        await run.run()
      }
    } catch (thrown) {
      // A stop leaves the item as it is.
      if (!this.#stopped.signal.aborted) await save({ state: 'failed', reason: messageOf(thrown) })
    }
  }

  #current(item: PushItem): PushItem {
    return this.list(item.device).find(({ id }) => id === item.id) ?? item
  }

  // ---- the items

  async #change(item: PushItem, changed: Partial<PushItem>): Promise<PushItem> {
    if (this.#stopped.signal.aborted) throw this.#stopped.signal.reason
    const next: PushItem = { ...this.#current(item), ...changed, since: this.#host.runtime.now() }
    await this.#store(next)
    if (isOver(next)) await this.#forgetOld(next.device)
    return next
  }

  async #store(item: PushItem): Promise<void> {
    await this.#host.bucket.put(keyOfItem(item), writeItem(item))
    this.#put(item)
    this.#tell(item, item.state)
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
    const [device] = change.key.split('/', 1)
    const known = this.list(device).find((item) => keyOfItem(item) === change.key)
    if (this.#host.isPrimary && known !== undefined) return
    if (change.type === 'delete') {
      this.#items.set(
        device,
        this.list(device).filter((item) => item !== known),
      )
      return
    }
    const item = readItem(change.value)
    this.#put(item)
    for (const watcher of [...this.#watchers]) watcher(item)
    this.#wake(device)
  }

  async #forgetOld(device: string): Promise<void> {
    const over = this.list(device).filter(isOver)
    for (const item of over.slice(0, Math.max(0, over.length - MAX_KEPT))) await this.#remove(item)
  }

  async #delete(item: PushItem): Promise<void> {
    await this.#remove(item)
    this.#tell(item, 'deleted')
  }

  async #remove(item: PushItem): Promise<void> {
    await this.#host.bucket.delete(keyOfItem(item))
    const left = this.list(item.device).filter(({ id }) => id !== item.id)
    this.#items.set(item.device, left)
  }

  #tell(item: PushItem, state: PushItem['state'] | 'deleted'): void {
    const { change: _, before: __, after: ___, ...shown } = item
    this.#host.publish({
      tag: `hub/push/${tagSegment(item.device)}/${state}`,
      data: { ...shown, state },
    })
    const ended: Partial<PushItem> = state === 'deleted' ? { state: 'failed', reason: 'it was deleted' } : {}
    for (const watcher of [...this.#watchers]) watcher({ ...item, ...ended })
  }
}
