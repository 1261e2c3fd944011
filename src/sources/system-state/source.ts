import { hostname as systemHostname } from 'node:os'
import { messageOf } from '../../errors/thrown.js'
import { own } from '../../event/json/object.js'
import type { PoolTexts } from '../../protocols/sysadm/codec/pools.js'
import { priorityText } from '../../protocols/sysadm/codec/priority.js'
import type { SysadmSystemState } from '../../protocols/sysadm/types/index.js'
import { SingleFlight } from '../files/single-flight.js'
import type { RunProgram } from '../run-program.js'
import { faultReason, type Source, type SourceContext, type SourceHealth } from '../source.js'
import { MountUsage } from '../system/mount-usage.js'
import { hostProbe, type SystemProbe } from '../system/probe.js'
import { NoZfs, ZfsTools } from '../zfs/command.js'
import { type FollowEvents, followZfsEvents } from '../zfs/events.js'
import { listPools, UNKNOWN } from '../zfs/pools.js'
import type { SystemStateConfig } from './config.js'
import { hostPools } from './host-pools.js'

/** ZFS reports several events for one change. */
const SETTLE_MS = 500

/** The parts of the host that the source reads. */
export interface StateHost {
  probe: SystemProbe
  hostname(): string
  run?: RunProgram
  follow: FollowEvents
}

export const thisHost: StateHost = { probe: hostProbe, hostname: systemHostname, follow: followZfsEvents }

/** Publishes the state of this host as SysAdm does: at an interval, and at once when it changes. */
export class SystemStateSource implements Source {
  readonly #config: SystemStateConfig
  readonly #host: StateHost
  readonly #flight = new SingleFlight({ isDue: () => this.#due, run: () => this.#work() })
  #context!: SourceContext
  #tools!: ZfsTools
  #usage!: MountUsage
  #events: { close(): void } | undefined
  #due = false
  /** When the next event is due, changed or not: ms of the monotonic clock. */
  #next = 0
  /** Name of the host in the last event, also before the last restart. */
  #hostname: string | undefined
  #condition: string | undefined
  #faults: string[] = []
  #unavailable: string | undefined

  constructor(config: SystemStateConfig, host: StateHost) {
    this.#config = config
    this.#host = host
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#flight.start(context.runtime)
    this.#tools = new ZfsTools(context.runtime, this.#host.run)
    this.#usage = new MountUsage(context.runtime, this.#host.probe)
    const hostname = await context.load(keptHostname)
    if (this.#flight.stopped) return
    this.#hostname = hostname
    this.#flight.after('first', this.#config.first, () => this.#begin())
  }

  async stop(): Promise<void> {
    this.#events?.close()
    await this.#flight.stop()
  }

  health(): SourceHealth {
    const details = {
      ...(this.#faults.length > 0 && { faults: this.#faults }),
      ...(this.#unavailable && { unavailable: { ZFS: this.#unavailable } }),
    }
    const reason = faultReason(this.#faults.map((fault) => ['pools', fault]))
    return { state: reason === undefined ? 'up' : 'degraded', reason, details }
  }

  #begin(): void {
    const { runtime } = this.#context
    this.#next = runtime.monotonic()
    const heard = () => this.#flight.after('settle', SETTLE_MS, () => this.#look())
    this.#events = this.#host.follow({ runtime, heard })
    this.#look()
  }

  #look(): void {
    this.#due = true
    this.#flight.after('check', this.#config.check, () => this.#look())
    this.#flight.wake()
  }

  async #work(): Promise<void> {
    this.#due = false
    // That the state of the pools cannot be found out is no alarm, but a fault of the source.
    const pools = await this.#pools().catch((error) => {
      this.#faults = [messageOf(error)]
      return undefined
    })
    if (this.#flight.stopped || this.#publish(pools)) return
    this.#due = true
    this.#flight.retry()
  }

  async #pools(): Promise<Map<string, PoolTexts>> {
    const pools = await this.#zfsPools()
    if (pools.size > 0) {
      this.#faults = []
      return pools
    }
    const found = await hostPools(this.#host.probe, this.#usage)
    this.#faults = found.faults
    return found.pools
  }

  async #zfsPools(): Promise<Map<string, PoolTexts>> {
    try {
      const pools = await listPools(this.#tools)
      this.#unavailable = pools.size === 0 ? 'there are no pools' : undefined
      return pools
    } catch (error) {
      if (!(error instanceof NoZfs)) throw error
      this.#unavailable = error.message
      return new Map()
    }
  }

  /** Returns false if the hub accepts no events at present. */
  #publish(pools: Map<string, PoolTexts> | undefined): boolean {
    const now = this.#context.runtime.monotonic()
    const hostname = this.#host.hostname()
    const isRenamed = this.#hostname !== undefined && hostname !== this.#hostname
    const condition = pools && conditionOf(pools)
    const isChanged = isRenamed || (condition !== undefined && condition !== this.#condition)
    if (!isChanged && now < this.#next) return true
    if (!this.#context.publish('system-state', stateOf(hostname, isRenamed, pools))) return false
    this.#condition = condition ?? this.#condition
    this.#next = now + this.#config.interval
    if (hostname !== this.#hostname) {
      this.#hostname = hostname
      this.#context.moved(() => ({ hostname }))
    }
    return true
  }
}

/** The facts that count as a change of the pools: their names, health and priority, but not every byte written. */
function conditionOf(pools: Map<string, PoolTexts>): string {
  return JSON.stringify([...pools].map(([name, pool]) => [name, pool.health, poolPriority(pool)]))
}

function stateOf(
  hostname: string,
  isRenamed: boolean,
  pools: Map<string, PoolTexts> = new Map(),
): SysadmSystemState {
  const priorities = [...pools.values()].map(poolPriority)
  const zpools = [...pools].map(([name, pool]) => [
    name,
    { ...pool, priority: priorityText(poolPriority(pool)) },
  ])
  return {
    hostname,
    ...(isRenamed && { hostnamechanged: 'true' }),
    priority: priorityText(Math.max(isRenamed ? RENAMED : INFORMATION, ...priorities)),
    ...(pools.size > 0 && { zpools: Object.fromEntries(zpools) }),
  }
}

function keptHostname(stored: unknown): string {
  const name = own(stored, 'hostname')
  if (typeof name !== 'string') throw new Error('the position has no name of a host')
  return name
}

const INFORMATION = 0
const RENAMED = 3
const ALMOST_FULL = 6
const FAULTY = 9
const FULL_PERCENT = 90

/** Returns the priority of a pool. What is unknown raises no alarm. */
function poolPriority({ health, capacity }: PoolTexts): number {
  if (health !== 'ONLINE' && health !== UNKNOWN) return FAULTY
  return percentOf(capacity) > FULL_PERCENT ? ALMOST_FULL : INFORMATION
}

/** `12%` on any release, `12` with `-p`; 0 for `-`. */
function percentOf(capacity: string): number {
  return Number.parseFloat(capacity) || 0
}
