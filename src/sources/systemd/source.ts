import { z } from 'zod'
import type { Cancel } from '../../event/runtime.js'
import { tagSegment } from '../../event/tag.js'
import { outputOf, type RunProgram } from '../run-program.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import { changeOf, goneUnit, type KnownUnit, knownAfter } from './changes.js'
import type { SystemdConfig } from './config.js'
import { unitTest } from './unit-names.js'
import type { UnitSignals } from './unit-signals.js'
import { PROPERTIES, parseUnits, type UnitState } from './unit-states.js'

/** Units that are watched at once; what is known of them has to fit into the position. */
const MAX_UNITS = 3_000
/** Signals come in bursts, and systemctl takes some time: it is asked after the first, and again so much later, ms. */
const SIGNAL_PAUSE = 200
const LEAST_INTERVAL = 1_000
/** Time after which a bus that does not answer is tried again, ms. */
const BUS_PAUSE = 60_000

/** The parts of the host that the source uses. */
export interface UnitHost {
  run: RunProgram
  /** Identifies what the host does between two starts. */
  boot(): string
  /** Learns of changes at once. Returns a function that ends it. */
  watch(signals: UnitSignals): () => void
}

type KeptUnits = Record<string, [state: string, invocation: string, restarts: number]>

/** Publishes changes of the units of systemd, by comparing what it says with what it said before. */
export class SystemdSource implements Source {
  readonly #config: SystemdConfig
  readonly #host: UnitHost
  readonly #isChosen: (unit: string) => boolean
  #context!: SourceContext
  #boot = ''
  #known = new Map<string, KnownUnit>()
  #failed = 0
  #tooMany = false
  #next: Cancel | undefined
  #nextAt = 0
  #lastAsked = 0
  #unwatch: (() => void) | undefined
  #watchLater: Cancel | undefined
  #hasSignals = false
  #changedMeanwhile = false
  #stopped = false

  constructor(config: SystemdConfig, host: UnitHost) {
    this.#config = config
    this.#host = host
    this.#isChosen = unitTest(config.units)
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    this.#boot = this.#host.boot()
    const kept = await context.load((stored) => keptUnits(stored, this.#boot))
    const units = await this.#ask()
    // At the first start, and after one of the host, only what has failed is news.
    this.#known =
      kept ?? new Map(units.filter(({ state }) => state !== 'failed').map((each) => [each.unit, each]))
    this.#compare(units)
    this.#later()
    this.#watch()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#next?.()
    this.#watchLater?.()
    this.#unwatch?.()
  }

  health(): SourceHealth {
    const reason = this.#tooMany ? `more than ${MAX_UNITS} units; choose some with \`units\`` : undefined
    const details = { units: this.#known.size, failed: this.#failed, signals: this.#hasSignals }
    return { state: reason === undefined ? 'up' : 'degraded', reason, details }
  }

  /** Without signals, changes are found by asking; with them, this finds what they have not said. */
  #later(pause = this.#config.interval): void {
    if (this.#stopped) return
    const { runtime } = this.#context
    this.#nextAt = runtime.monotonic() + pause
    this.#next = runtime.after(pause, () => {
      this.#next = undefined
      this.#changedMeanwhile = false
      void this.#look().then(
        () => this.#later(this.#changedMeanwhile ? LEAST_INTERVAL : undefined),
        (error) => this.#context.failed(error),
      )
    })
  }

  #watch(): void {
    if (this.#stopped) return
    this.#unwatch = this.#host.watch({
      ready: () => {
        this.#hasSignals = true
      },
      // A unit that is chosen by another of its names is known by its own.
      changed: (unit) => {
        if (this.#isChosen(unit) || this.#known.has(unit)) this.#changed()
      },
      ended: () => {
        this.#hasSignals = false
        if (!this.#stopped) this.#watchLater = this.#context.runtime.after(BUS_PAUSE, () => this.#watch())
      },
    })
  }

  #changed(): void {
    const now = this.#context.runtime.monotonic()
    const pause = Math.max(SIGNAL_PAUSE, this.#lastAsked + LEAST_INTERVAL - now)
    if (this.#next === undefined) this.#changedMeanwhile = true
    else if (this.#nextAt > now + pause) {
      this.#next()
      this.#later(pause)
    }
  }

  async #look(): Promise<void> {
    const units = await this.#ask()
    if (!this.#stopped) this.#compare(units)
  }

  async #ask(): Promise<UnitState[]> {
    this.#lastAsked = this.#context.runtime.monotonic()
    const words = ['show', '--no-pager', '--timestamp=utc', `--property=${PROPERTIES.join(',')}`]
    const output = outputOf(await this.#host.run('systemctl', [...words, '--', ...this.#config.units]))
    const units = parseUnits(output)
    this.#tooMany = units.length > MAX_UNITS
    return units.slice(0, MAX_UNITS)
  }

  #compare(units: readonly UnitState[]): void {
    const names = new Set(units.map(({ unit }) => unit))
    const gone = [...this.#known.keys()].filter((name) => !names.has(name))
    for (const unit of units) this.#attempt(unit)
    for (const name of gone) if (this.#attempt(goneUnit(name))) this.#known.delete(name)
    this.#failed = units.filter(({ state }) => state === 'failed').length
    this.#context.moved(() => ({ boot: this.#boot, units: this.#kept() }))
  }

  /** A unit that is left out is noticed again when its state is another one. */
  #attempt(unit: UnitState): boolean {
    const raw = () => JSON.stringify(unit)
    return this.#context.attempt(
      () => this.#notice(unit),
      () => ({ place: raw(), raw: raw() }),
    )
  }

  /** A change that the hub does not accept is noticed again the next time. */
  #notice(unit: UnitState): boolean {
    const before = this.#known.get(unit.unit)
    const change = changeOf(before, unit)
    if (change !== undefined && !this.#context.publish(`${tagSegment(unit.unit)}/${change.action}`, change))
      return false
    this.#known.set(unit.unit, knownAfter(before, unit))
    return true
  }

  #kept(): KeptUnits {
    const known = [...this.#known].map(
      ([name, { state, invocation, restarts }]) => [name, [state, invocation, restarts]] as const,
    )
    return Object.fromEntries(known) as KeptUnits
  }
}

const position = z.object({
  boot: z.string(),
  units: z.record(z.string(), z.tuple([z.string(), z.string(), z.number()])),
})

/** Returns the units that were known in this boot of the host. */
function keptUnits(stored: unknown, current: string): Map<string, KnownUnit> | undefined {
  const { boot, units } = position.parse(stored)
  if (boot !== current) return undefined
  const known = Object.entries(units).map(
    ([name, [state, invocation, restarts]]) => [name, { state, invocation, restarts }] as const,
  )
  return new Map(known)
}
