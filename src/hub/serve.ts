import { ADMIN } from '../access/index.js'
import { pathEnvironment } from '../config/home.js'
import { findConfig, parseConfig } from '../config/load.js'
import { configCandidates, dataFolder } from '../config/paths.js'
import { type Recovery, recover } from '../config/store/recover.js'
import { logEngine } from '../log/engines.js'
import { memoryEngine } from '../log/memory-log.js'
import type { HubReloadReport } from '../methods/contract/index.js'
import { sourceDefinitions } from '../sources/index.js'
import type { EventType } from '../types/event-type.js'
import { configuredUpstreams } from '../upstream/index.js'
import { relaxCollector } from './collector-settings.js'
import { type HubConfig, hubConfig } from './config/index.js'
import type { HubConfigStore } from './config-store/access.js'
import { openConfigStore, recoveredEvent, revertUnconfirmed, storeFiles } from './config-store/open.js'
import { eventTypes } from './event-types.js'
import { Hub } from './hub.js'
import type { HubLog } from './hub-log.js'
import { HubReload } from './hub-reload.js'
import type { LoggingConfig } from './logging-config.js'
import { nodeRuntime } from './node-runtime.js'
import { openFileLimit } from './open-files.js'
import { Reload } from './reload.js'

const RELOAD = { name: 'hub.reload', subsystem: 'hub' }

/** Options of `tocsin serve`. They take precedence over the configuration file. */
export interface ServeOptions {
  /** Configuration file; by default the usual places are searched, and it may be missing there. */
  config?: string
  /** Data folder. */
  data?: string
  /** Changes the configuration each time the file is read. */
  change?(config: HubConfig): void
  /** Keeps events in memory only. */
  memory?: boolean
  /** The hub's own log; told of the configured settings before the first line. */
  hubLog?: HubLog & { settings: LoggingConfig }
  /** Whether the configured sources run; default true. */
  sources?: boolean
  /** Event types besides those of faces and sources. */
  types?: readonly EventType[]
}

export interface RunningHub {
  /** The listeners, such as { face: "native", address: "unix:/run/…/tocsin.sock" }. */
  readonly listeners: readonly { face: string; address: string }[]
  /** Returns a link with which the user who has started the hub logs in to its console; undefined without one. */
  loginLink(): string | undefined
  readonly data: string | undefined
  /** Notes for the operator who started the hub. */
  readonly notes: readonly string[]
  readonly config: string | undefined
  /** Names of the sources that were started. */
  readonly sources: readonly string[]
  /** Resolves when the hub has stopped. */
  readonly finished: Promise<void>
  /** Reads event types and configuration again. Rejects, and changes nothing, if one of them is invalid. */
  reload(): Promise<HubReloadReport>
  /** Stops the hub: takes no new input, flushes accepted events to the disk, and notifies subscribers. */
  stop(): Promise<void>
}

function follow({ hubLog }: ServeOptions, settings: LoggingConfig): void {
  if (hubLog !== undefined) hubLog.settings = settings
}

/** Starts a hub with the configuration and the options. */
export async function serve(options: ServeOptions = {}): Promise<RunningHub> {
  relaxCollector()
  let recoveries: readonly Recovery[] = []
  for (;;) {
    const started = await start(options, recoveries)
    if ('listeners' in started) return started
    // The configuration is another one now.
    recoveries = started
  }
}

/** Finds and reads the configuration, with the options in force. */
function readSettings(options: ServeOptions) {
  const environment = pathEnvironment()
  const find = (config = options.config) => findConfig({ config, environment })
  const found = find()
  const file = found.file ?? configCandidates(options.config, environment)[0].path
  // A file that is gone is an error, not a configuration without any setting.
  const configFile = { path: file, read: () => find(found.file).text }
  const check = (text: string, name = file) => {
    const config = parseConfig(hubConfig, text, name)
    if (options.memory === true) config.log.engine = memoryEngine.name
    options.change?.(config)
    return config
  }
  const config = check(found.text, found.file ?? 'defaults')
  const { usesFolder } = logEngine(config.log.engine)
  const data = usesFolder ? dataFolder(options.data ?? config.data, environment) : undefined
  return { find, found, file, configFile, check, config, data }
}

/** Starts a hub, or resolves with the commits that had to be reverted first. */
async function start(
  options: ServeOptions,
  recoveries: readonly Recovery[],
): Promise<RunningHub | readonly Recovery[]> {
  const { find, found, file, configFile, check, config, data } = readSettings(options)
  follow(options, config.logging)
  const runtime = nodeRuntime()
  const sources = options.sources === false ? [] : sourceDefinitions(config.sources)
  let store: HubConfigStore | undefined
  const reloadConfig = () =>
    store === undefined ? reload.run() : reload.reported(async () => ({ file, ...(await store!.reload()) }))
  const opened = await Hub.open({
    config,
    runtime,
    data,
    configFile: found.file,
    sources: [...sources, ...configuredUpstreams(config.upstreams).map(({ definition }) => definition)],
    openFiles: openFileLimit(),
    types: [...eventTypes, options.types ?? []],
    hubLog: options.hubLog,
    reload: () => reloadConfig(),
    reloadHub: (trace) => hubReload.run(trace),
    configuration: () => store,
  }).catch((error) => revertUnconfirmed(data, configFile, runtime, error))
  if (!(opened instanceof Hub)) return [...recoveries, opened]
  const hub = opened
  const reload: Reload = new Reload({
    hub,
    config,
    read: () => {
      const { file, text } = find()
      return { file, config: check(text, file ?? 'defaults') }
    },
    logging: (settings) => follow(options, settings),
    sources: options.sources !== false,
  })
  const hubReload: HubReload = new HubReload({
    packages: hub.packages,
    check: () => {
      try {
        const { file, text } = find()
        return check(text, file ?? 'defaults').types
      } catch (error) {
        reload.refused(error)
        throw error
      }
    },
    configuration: () => reloadConfig(),
    report: hub.report,
    progress: hub.reporting.progress,
  })
  try {
    // Only the hub that owns the data folder may touch what a commit has left there.
    const files = data === undefined ? undefined : storeFiles(configFile, data)
    const recovery = files && (await recover(files, runtime))
    if (recovery !== undefined) recoveries = [...recoveries, recovery]
    if (recovery?.reverted) {
      await hub.stop('it goes back to the configuration before a commit')
      return recoveries
    }
    if (files !== undefined) {
      const { text } = found
      const apply = (next: HubConfig) => reload.apply(next)
      const settled = () => reload.settle()
      store = await openConfigStore({ hub, files, runtime, file, text, check, apply, settled })
    }
    await hub.listen()
  } catch (error) {
    store?.close()
    await hub.stop('it cannot listen')
    return [...recoveries, await revertUnconfirmed(data, configFile, runtime, error)]
  }
  hub.start()
  for (const each of recoveries) hub.report(recoveredEvent(file, each))
  let finish = () => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  return {
    listeners: hub.listeners,
    loginLink: () => hub.loginLink(),
    data,
    notes: [...hub.notes, ...recoveries.map(({ text }) => text)],
    config: found.file,
    sources: sources.map(({ name }) => name),
    finished,
    reload: () =>
      hub.audit.reloaded(
        hub.access.principal(ADMIN),
        hub.reporting.progress.run(RELOAD, (span) => hubReload.run(span)),
      ),
    stop: () => {
      store?.close()
      return hub.stop().finally(finish)
    },
  }
}
