import type { Access } from '../../access/index.js'
import type { BusAdmin } from '../../bus/admin.js'
import type { HubPublisher } from '../../bus/api.js'
import type { NamedStreams } from '../../bus/streams/named-streams.js'
import { type ChangedKey, changedKeys, copyKey } from '../../config/changed-keys.js'
import type { DeviceQueues } from '../../devices/device-queues.js'
import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { nextTurn, type Runtime } from '../../event/runtime.js'
import type { Hosts } from '../../hosts/hosts.js'
import type { JobsConfig } from '../../jobs/index.js'
import type { ReloadReport } from '../../methods/contract/index.js'
import type { Edges } from '../../methods/edges.js'
import { configuredSources } from '../../sources/config.js'
import type { ConfiguredSource } from '../../sources/kind.js'
import { SourceRunner } from '../../sources/runner.js'
import type { SourceHost } from '../../sources/source.js'
import { upstreams as upstreamsKind } from '../../upstream/index.js'
import type { HubLog } from '../own-log/hub-log.js'
import type { Rules } from '../parts/rules.js'
import type { Sinks } from '../parts/sinks.js'
import { type RetentionKeeper, retentionOf } from '../storage/retention.js'
import type { TypePackages } from '../types/type-packages.js'
import { inTurns } from './in-turns.js'
import { effectOf, type HubConfig, hubJsonSchema } from './index.js'
import { isKeyOf } from './part-keys.js'

/** The parts of a hub that can change while it runs. */
export interface ChangeableHub {
  readonly bus: BusAdmin & HubPublisher
  readonly access: Access
  /** The limits in force, changed in place. */
  readonly limits: HubConfig['limits']
  readonly retention: RetentionKeeper
  readonly sources: SourceRunner[]
  readonly sourceHost: SourceHost
  readonly sinks?: Pick<Sinks, 'configure'>
  readonly rules?: Pick<Rules, 'configure' | 'sinksFor'>
  readonly hosts?: Pick<Hosts, 'configure'>
  readonly pushes?: Pick<DeviceQueues, 'configure'>
  readonly observers?: { readonly edges: Pick<Edges, 'configure'> }
  /** Reads certificate and key again, from the files that are configured. Resolves with whether they have changed. */
  reloadTls(config: HubConfig): Promise<boolean>
  /** The event types of files. */
  readonly packages: Pick<TypePackages, 'change'>
  readonly streams?: Pick<NamedStreams, 'replace'>
  /** Applies the settings of jobs. */
  readonly jobs?: { configure(config: JobsConfig): void }
  /** Applies changes of keys that belong to faces. Rejects, and changes nothing, if one of them cannot listen. */
  applyFaces(config: HubConfig, changed: readonly string[]): Promise<void>
  /** Ends what faces keep only as long as a change may be undone. */
  settleFaces(): void
  readonly hubLog: HubLog
}

export interface ReadConfig {
  file: string | undefined
  config: HubConfig
}

export interface RunningConfigOptions {
  runtime: Runtime
  hub: ChangeableHub
  /** The configuration in force. */
  config: HubConfig
  /** Reads the file again. Rejects with TCN_CONFIG_*. */
  read(): Promise<ReadConfig>
  /** Applies the settings of the hub's own log. */
  logging?(settings: HubConfig['logging']): void
  /** True if this hub runs the configured sources. */
  sources: boolean
}

const LISTED_PROBLEMS = 20
const CERTIFICATE = 'certificate'
const FACES = 'faces'
/**
 * The order in which parts apply a configuration: principals and certificates before the faces that name them, and
 * sources, which take longest to undo, near the end. Last are issuers: users that their change logs out cannot be logged in
 * again.
 */
const PARTS = [
  CERTIFICATE,
  'types',
  'principals',
  'log',
  'limits',
  'streams',
  'jobs',
  'logging',
  FACES,
  'sources',
  'upstreams',
  'sinks',
  'oidc',
  'ruleKits',
  'rules',
  'alertRoutes',
  'edges',
  'hosts',
  'devices',
]

/**
 * The configuration in force. Applies a changed one as far as a running hub can, and reports the keys that need a
 * restart.
 */
export class RunningConfig {
  readonly #options: RunningConfigOptions
  readonly #inForce: HubConfig
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: RunningConfigOptions) {
    this.#options = options
    this.#inForce = structuredClone(options.config)
  }

  /**
   * Reads the file again and applies it, one call after the other. Rejects, and changes nothing, if the file is invalid.
   */
  reload(): Promise<ReloadReport> {
    const done = this.#running.then(() => this.#reload())
    this.#running = done.catch(() => undefined)
    return done
  }

  async #reload(): Promise<ReloadReport> {
    return this.reported(async () => {
      const { file, config } = await this.#options.read()
      return { file, ...(await this.apply(config)) }
    }).finally(() => this.settle())
  }

  /** Publishes what became of a reload. */
  async reported(reload: () => Promise<ReloadReport>): Promise<ReloadReport> {
    const { bus } = this.#options.hub
    try {
      const report = await reload()
      bus.emit({ tag: 'hub/config', data: report })
      return report
    } catch (error) {
      this.refused(error)
      throw error
    }
  }

  /** Publishes why a configuration was not loaded. */
  refused(thrown: unknown): void {
    const { code, message, details } = toTocsinError(thrown, 'TCN_INTERNAL')
    const { file, problems } = (details ?? {}) as { file?: string; problems?: unknown[] }
    const error = { code, message: message.slice(0, 2000) }
    const listed = problems?.slice(0, LISTED_PROBLEMS)
    const data = { file, applied: [], restart: [], error, problems: listed }
    this.#options.hub.bus.emit({ tag: 'hub/config', data })
  }

  /**
   * Applies a configuration, part by part. Rejects with TCN_CONFIG_APPLY if one of them fails; what others had applied
   * is undone then.
   */
  async apply(config: HubConfig): Promise<Omit<ReloadReport, 'file'>> {
    const { runtime } = this.#options
    // The reading of the text may have used most of this turn.
    await nextTurn(runtime)
    const before = structuredClone(this.#inForce)
    await nextTurn(runtime)
    const schema = await hubJsonSchema(runtime)
    const changed = await inTurns(runtime, changedKeys(schema, before, config))
    const parts = await inTurns(runtime, byPart(changed))
    const applied: string[] = []
    const begun: string[] = []
    try {
      for (const part of PARTS) {
        begun.push(part)
        applied.push(...(await this.#applyPart(part, config, parts)))
      }
    } catch (thrown) {
      for (const part of begun.toReversed()) await this.#undoPart(part, before, parts)
      throw notApplied(begun[begun.length - 1], thrown)
    }
    const now = new Set(applied)
    return { applied, restart: changed.map(({ key }) => key).filter((key) => !now.has(key)) }
  }

  /** Ends what is kept only as long as a change may be undone. */
  settle(): void {
    this.#options.hub.settleFaces()
  }

  /** Returns the keys that have taken effect. */
  async #applyPart(part: string, config: HubConfig, parts: ChangedParts): Promise<string[]> {
    const mine = parts.get(part) ?? []
    const keys = mine.map(({ key }) => key)
    // The files of a certificate may have new contents under the same names.
    if (part === CERTIFICATE) {
      const isNew = await this.#options.hub.reloadTls(config)
      for (const { path } of mine) copyKey(config, this.#inForce, path)
      return isNew ? [...keys, 'certificate'] : keys
    }
    if (mine.length === 0) return []
    await nextTurn(this.#options.runtime)
    await this.#sections[part]?.(config, mine)
    for (const { path } of mine) copyKey(config, this.#inForce, path)
    return keys
  }

  /** A part that cannot be undone either is reported, and the rest is undone all the same. */
  async #undoPart(part: string, before: HubConfig, parts: ChangedParts): Promise<void> {
    try {
      await this.#applyPart(part, before, parts)
    } catch (thrown) {
      const { message } = toTocsinError(thrown, 'TCN_INTERNAL')
      this.#options.hub.hubLog.write('error', `${part}: a change could not be undone: ${message}`)
    }
  }

  /** Functions that apply the sections of the hub itself. */
  readonly #sections: Readonly<
    Record<string, (config: HubConfig, changed: readonly ChangedKey[]) => void | Promise<void>>
  > = {
    principals: async ({ principals }) => {
      const { runtime, hub } = this.#options
      hub.access.replace(principals, await inTurns(runtime, hub.access.prepare(principals)))
      hub.bus.reauthorize()
      await nextTurn(runtime)
    },
    types: ({ types }) => this.#options.hub.packages.change(types.folder),
    log: (config) => {
      const { retention, bus } = this.#options.hub
      retention.policy = retentionOf(config)
      retention.whenFull = config.log.retention.whenFull
      bus.log.compressByItself?.(config.log.compression === 'auto')
    },
    limits: ({ limits }, changed) => {
      const { hub } = this.#options
      for (const { path } of changed) copyKey(limits, hub.limits, path.slice(1))
      hub.bus.limitsChanged()
    },
    streams: ({ streams }) => this.#options.hub.streams?.replace(streams),
    jobs: ({ jobs }) => this.#options.hub.jobs?.configure(jobs),
    logging: ({ logging }) => this.#options.logging?.(logging),
    [FACES]: (config, changed) =>
      this.#options.hub.applyFaces(
        config,
        changed.map(({ key }) => key),
      ),
    sources: async ({ sources }) => {
      if (!this.#options.sources) return
      await this.#applyRunners(configuredSources(this.#inForce.sources), configuredSources(sources))
      this.#options.hub.pushes?.configure({ sources })
    },
    upstreams: ({ upstreams }) =>
      this.#applyRunners(upstreamsKind.open(this.#inForce.upstreams), upstreamsKind.open(upstreams)),
    sinks: (config) => this.#applySinks(config),
    oidc: ({ oidc }) => this.#options.hub.access.replaceIssuers(oidc),
    ruleKits: (config) => this.#applyRules(config),
    rules: (config) => this.#applyRules(config),
    alertRoutes: (config) => this.#applyRules(config),
    edges: ({ edges }) => this.#options.hub.observers?.edges.configure(edges),
    hosts: ({ hosts }) => this.#options.hub.hosts?.configure(hosts),
    devices: ({ devices }) => this.#options.hub.pushes?.configure({ devices }),
  }

  async #applyRules(config: HubConfig): Promise<void> {
    await this.#applySinks(config)
    await this.#options.hub.rules?.configure(config)
  }

  async #applySinks(config: HubConfig): Promise<void> {
    const { sinks, rules } = this.#options.hub
    await sinks?.configure(rules?.sinksFor(config) ?? [])
  }

  /** Restarts the sources whose settings have changed. Unchanged sources, and those of other keys, continue to run. */
  async #applyRunners(
    inForce: readonly ConfiguredSource[],
    wanted: readonly ConfiguredSource[],
  ): Promise<void> {
    const { hub } = this.#options
    const before = new Map(inForce.map((each) => [each.name, each.settings]))
    const others = hub.sources.filter(({ name }) => !before.has(name))
    const kept = new Set(
      wanted.filter((each) => before.get(each.name) === each.settings).map(({ name }) => name),
    )
    const ended = hub.sources.filter(({ name }) => before.has(name) && !kept.has(name))
    await Promise.all(ended.map((runner) => runner.stop()))
    const runners = wanted.map(({ name, definition }) => {
      const running = hub.sources.find((runner) => runner.name === name && kept.has(name))
      return running ?? new SourceRunner(definition, hub.sourceHost)
    })
    hub.sources.splice(0, hub.sources.length, ...others, ...runners)
    for (const runner of runners) if (!kept.has(runner.name)) runner.start()
  }
}

type ChangedParts = ReadonlyMap<string, readonly ChangedKey[]>

/** The changes that take effect now, by the part that applies them; looks at one in each step. */
function* byPart(changed: readonly ChangedKey[]): Generator<void, ChangedParts> {
  const parts = new Map<string, ChangedKey[]>()
  for (const each of changed) {
    yield
    if (effectOf(each.path) !== 'now') continue
    const part = partOf(each.key)
    const same = parts.get(part)
    if (same === undefined) parts.set(part, [each])
    else same.push(each)
  }
  return parts
}

/** Returns the part that applies a change of the key. */
function partOf(key: string): string {
  if (key.startsWith('listen.tls')) return CERTIFICATE
  return isKeyOf(key) ? FACES : key.split('.')[0]
}

/** Rejects: the reload of a hub that was not started from a file. */
export function cannotReload(): Promise<never> {
  return Promise.reject(new TocsinError('TCN_CONFIG_ABSENT', 'this hub was not started from a configuration'))
}

function notApplied(part: string, thrown: unknown): TocsinError {
  const { code, message } = toTocsinError(thrown, 'TCN_INTERNAL')
  return new TocsinError('TCN_CONFIG_APPLY', `${part}: ${message}; nothing has changed`, {
    cause: thrown,
    details: { part, code },
  })
}
