import { z } from 'zod'
import { messageOf } from '../../errors/thrown.js'
import type { Runtime } from '../../event/runtime.js'
import { SingleFlight } from '../files/single-flight.js'
import type { RunProgram } from '../run-program.js'
import { NoZfs, ZfsTools } from '../zfs/command.js'
import type { FollowEvents, ZfsEvent } from '../zfs/events.js'
import { listPoolIds, listSnapshots, type Snapshot, type SnapshotList } from '../zfs/snapshots.js'

/** ZFS reports several events for one change. */
const SETTLE_MS = 500
const MAX_RECEIVED = 4096
const HISTORY = 'sysevent.fs.zfs.history_event'

/** The pools and their newest snapshots, as kept across restarts. */
const keptPools = z.object({
  /** When they were listed, ms since the epoch. */
  at: z.number(),
  pools: z.record(z.string(), z.object({ id: z.string(), transaction: z.number() })),
})
type KeptPools = z.output<typeof keptPools>

interface Look {
  /** The identities of the pools by name. */
  ids: ReadonlyMap<string, string>
  list: SnapshotList
  /** ms since the epoch */
  at: number
}

export interface NewSnapshotsOptions {
  runtime: Runtime
  /** ms */
  every: number
  run?: RunProgram
  follow: FollowEvents
  /** Returns false if the hub accepts no events at present. */
  publish(snapshot: Snapshot, isReceived: boolean): boolean
  moved(): void
}

/**
 * Finds the snapshots that are new since the last look, also since the last run of the hub. A pool that is seen for the
 * first time has no new ones.
 */
export class NewSnapshots {
  readonly #options: NewSnapshotsOptions
  readonly #tools: ZfsTools
  readonly #flight = new SingleFlight({ isDue: () => this.#due, run: () => this.#look() })
  /** Paths of snapshots that ZFS has reported as received. */
  readonly #received = new Set<string>()
  #events: { close(): void } | undefined
  #known: KeptPools = { at: 0, pools: {} }
  /** The pools as of the look before the last one. */
  #floor: KeptPools['pools'] = {}
  /** Paths of the snapshots that were new to the last look. */
  #recent = new Set<string>()
  #due = false
  fault: string | undefined
  unavailable: string | undefined

  constructor(options: NewSnapshotsOptions) {
    this.#options = options
    this.#tools = new ZfsTools(options.runtime, options.run)
  }

  start(kept: unknown): void {
    const { runtime } = this.#options
    this.#known = keptPools.safeParse(kept).data ?? this.#known
    this.#floor = this.#known.pools
    this.#flight.start(runtime)
    this.#events = this.#options.follow({ runtime, heard: (events) => this.#heard(events) })
    this.#demand()
  }

  async stop(): Promise<void> {
    this.#events?.close()
    await this.#flight.stop()
  }

  position(): KeptPools {
    return this.#known
  }

  #heard(events: readonly ZfsEvent[]): void {
    const history = events.filter((event) => event.class === HISTORY)
    for (const { fields } of history) {
      const name = /\bsnap=(\S+)/.exec(fields.history_internal_str ?? '')?.[1]
      if (fields.history_internal_name !== 'finish receiving' || !name) continue
      if (this.#received.size >= MAX_RECEIVED) this.#received.clear()
      this.#received.add(`${fields.history_dsname?.replace(/\/%recv$/, '')}@${name}`)
    }
    if (history.length > 0) this.#flight.after('settle', SETTLE_MS, () => this.#demand())
  }

  #demand(): void {
    this.#due = true
    this.#flight.after('look', this.#options.every, () => this.#demand())
    this.#flight.wake()
  }

  async #look(): Promise<void> {
    this.#due = false
    try {
      const at = this.#options.runtime.now() / 1000
      const ids = await listPoolIds(this.#tools)
      const list = await listSnapshots(this.#tools)
      if (!this.#flight.stopped) this.#compare({ ids, list, at })
      this.fault = undefined
      this.unavailable = undefined
    } catch (error) {
      this.unavailable = error instanceof NoZfs ? error.message : undefined
      this.fault = error instanceof NoZfs ? undefined : messageOf(error)
    }
  }

  #compare({ ids, list: { snapshots, precision }, at }: Look): void {
    const { pools, at: before } = this.#known
    const next: KeptPools['pools'] = {}
    for (const [name, id] of ids) next[name] = { id, transaction: 0 }
    for (const snapshot of snapshots.toSorted((a, b) => a.transaction - b.transaction)) {
      const { pool, transaction } = snapshot
      const isNew = pools[pool] && pools[pool].id === ids.get(pool) && this.#isNew(snapshot)
      if (isNew && !this.#publish(snapshot, before, precision)) {
        this.#due = true
        this.#flight.retry()
        return
      }
      if (next[pool]) next[pool].transaction = Math.max(next[pool].transaction, transaction)
    }
    this.#floor = pools
    this.#recent = new Set(snapshots.filter((each) => each.transaction > this.#floorOf(each)).map(pathOf))
    this.#known = { at, pools: next }
    this.#options.moved()
  }

  /** A list is not made at one moment: it may lack snapshots of a transaction of which it has others. */
  #isNew(snapshot: Snapshot): boolean {
    return snapshot.transaction > this.#floorOf(snapshot) && !this.#recent.has(pathOf(snapshot))
  }

  #floorOf({ pool }: Snapshot): number {
    return this.#floor[pool]?.transaction ?? 0
  }

  /** A snapshot that is older than the last look, and was not there then, comes from another host. */
  #publish(snapshot: Snapshot, before: number, precision: number): boolean {
    const path = pathOf(snapshot)
    const isReceived = this.#received.has(path) || snapshot.created + precision < before
    if (!this.#options.publish(snapshot, isReceived)) return false
    this.#received.delete(path)
    this.#recent.add(path)
    return true
  }
}

function pathOf({ dataset, name }: Snapshot): string {
  return `${dataset}@${name}`
}
