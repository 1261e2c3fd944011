import type { Access } from '../access/index.js'
import type { Bus } from '../bus/bus.js'
import type { ReloadReport } from '../bus/method-types.js'
import { reauthorize } from '../bus/reauthorize.js'
import { TocsinError, toTocsinError } from '../event/errors.js'
import type { NativeServer } from '../faces/native/server.js'
import { configuredSources } from '../sources/index.js'
import { SourceRunner } from '../sources/runner.js'
import type { SourceHost } from '../sources/source.js'
import { changedKeys } from './changed-keys.js'
import type { HubConfig } from './config.js'
import { type RetentionKeeper, retentionOf } from './retention.js'

/** What of a hub can change while it runs. */
export interface ReloadableHub {
  readonly bus: Bus
  readonly access: Access
  readonly native: NativeServer
  readonly retention: RetentionKeeper
  readonly sources: SourceRunner[]
  readonly sourceHost: SourceHost
  /** Reads certificate and key again; are they others? */
  reloadTls?(): Promise<boolean>
}

export interface ReloadOptions {
  hub: ReloadableHub
  /** In force; the bus keeps to its `limits`, so they are changed in place. */
  config: HubConfig
  /** Reads the file again. Throws TCN_CONFIG_*. */
  read(): { file: string | undefined; config: HubConfig }
  /** Whether this hub runs the configured sources. */
  sources: boolean
}

/** Limits that are looked up whenever they are needed. */
const limitsOfBus = ['filtersPerSubscriber'] as const
const limitsOfConnections = ['connections', 'requests', 'halfReceived'] as const
const LISTED_PROBLEMS = 20

/** Takes over a changed configuration, as far as a running hub can, and says what waits for a restart. */
export class Reload {
  readonly #options: ReloadOptions
  readonly #inForce: HubConfig
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: ReloadOptions) {
    this.#options = options
    this.#inForce = structuredClone(options.config)
  }

  /** One after the other. Rejects when the file is not sound: then everything stays as it was. */
  run(): Promise<ReloadReport> {
    const done = this.#running.then(() => this.#run())
    this.#running = done.catch(() => undefined)
    return done
  }

  async #run(): Promise<ReloadReport> {
    const { bus } = this.#options.hub
    try {
      const { file, config } = this.#options.read()
      const report = { file, ...(await this.#apply(config)) }
      bus.emit({ tag: 'hub/config', data: report })
      return report
    } catch (error) {
      const { code, message, details } = toTocsinError(error, 'TCN_INTERNAL')
      const { file, problems } = (details ?? {}) as { file?: string; problems?: unknown[] }
      const listed = problems?.slice(0, LISTED_PROBLEMS)
      bus.emit({
        tag: 'hub/config',
        data: {
          file,
          applied: [],
          restart: [],
          error: { code, message: message.slice(0, 2000) },
          problems: listed,
        },
      })
      throw error
    }
  }

  async #apply(config: HubConfig): Promise<Omit<ReloadReport, 'file'>> {
    // The files may be others under the same names. When they are of no use, nothing is done.
    const applied = (await this.#options.hub.reloadTls?.()) ? ['certificate'] : []
    const changed = changedKeys(this.#inForce, config)
    for (const { keys, apply } of this.#rules) {
      const mine = changed.filter((key) => keys.test(key))
      if (mine.length === 0) continue
      await apply(config)
      applied.push(...mine)
    }
    return { applied, restart: changed.filter((key) => !applied.includes(key)) }
  }

  /** First what may be refused, so that nothing is half done. */
  readonly #rules: readonly { keys: RegExp; apply(config: HubConfig): void | Promise<void> }[] = [
    { keys: /^principals\./, apply: (config) => this.#applyPrincipals(config) },
    { keys: /^log\.retention\./, apply: (config) => this.#applyRetention(config) },
    {
      keys: new RegExp(`^limits\\.(?:${[...limitsOfBus, ...limitsOfConnections].join('|')})$`),
      apply: (config) => this.#applyLimits(config),
    },
    { keys: /^sources\./, apply: (config) => this.#applySources(config) },
  ]

  #applyPrincipals({ principals }: HubConfig): void {
    const { access, bus } = this.#options.hub
    access.replace(principals)
    reauthorize(bus, access.authorize)
    this.#inForce.principals = principals
  }

  #applyRetention(config: HubConfig): void {
    this.#options.hub.retention.policy = retentionOf(config)
    this.#inForce.log.retention = config.log.retention
  }

  #applyLimits({ limits }: HubConfig): void {
    const { hub, config } = this.#options
    for (const name of limitsOfBus) config.limits[name] = limits[name]
    for (const name of limitsOfConnections) hub.native.limits[name] = limits[name]
    for (const name of [...limitsOfBus, ...limitsOfConnections]) this.#inForce.limits[name] = limits[name]
  }

  /** Those that are as before go on undisturbed. */
  async #applySources(config: HubConfig): Promise<void> {
    const { hub, sources } = this.#options
    const before = new Map(configuredSources(this.#inForce.sources).map((each) => [each.name, each.settings]))
    this.#inForce.sources = config.sources
    if (!sources) return
    const wanted = configuredSources(config.sources)
    const kept = new Set(
      wanted.filter((each) => before.get(each.name) === each.settings).map(({ name }) => name),
    )
    const ended = hub.sources.filter(({ name }) => !kept.has(name))
    await Promise.all(ended.map((runner) => runner.stop()))
    const runners = wanted.map(({ name, definition }) => {
      const running = hub.sources.find((runner) => runner.name === name && kept.has(name))
      return running ?? new SourceRunner(definition, hub.sourceHost)
    })
    hub.sources.splice(0, hub.sources.length, ...runners)
    for (const runner of runners) if (!kept.has(runner.name)) runner.start()
  }
}

/** For a hub that was not started from a file. */
export function cannotReload(): Promise<ReloadReport> {
  return Promise.reject(
    new TocsinError('TCN_CONFIG_UNREADABLE', 'this hub was not started from a configuration'),
  )
}
