import { pathEnvironment } from '../config/home.js'
import { loadConfig } from '../config/load.js'
import { dataFolder } from '../config/paths.js'
import { logEngine } from '../log/engines.js'
import { memoryEngine } from '../log/memory-log.js'
import type { ReloadReport } from '../methods/contract/index.js'
import { sourceDefinitions } from '../sources/index.js'
import type { EventType } from '../types/event-type.js'
import { relaxCollector } from './collector-settings.js'
import { type HubConfig, hubConfig } from './config/index.js'
import { eventTypes } from './event-types.js'
import { Hub } from './hub.js'
import type { HubLog } from './hub-log.js'
import type { LoggingConfig } from './logging-config.js'
import { nodeRuntime } from './node-runtime.js'
import { openFileLimit } from './open-files.js'
import { Reload } from './reload.js'

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
  readonly data: string | undefined
  /** Notes for the operator who started the hub. */
  readonly notes: readonly string[]
  readonly config: string | undefined
  /** Names of the sources that were started. */
  readonly sources: readonly string[]
  /** Resolves when the hub has stopped. */
  readonly finished: Promise<void>
  /** Reads the configuration again. Rejects, and changes nothing, if it is invalid. */
  reload(): Promise<ReloadReport>
  /** Stops the hub: takes no new input, flushes accepted events to the disk, and notifies subscribers. */
  stop(): Promise<void>
}

function follow({ hubLog }: ServeOptions, settings: LoggingConfig): void {
  if (hubLog !== undefined) hubLog.settings = settings
}

/** Starts a hub with the configuration and the options. */
export async function serve(options: ServeOptions = {}): Promise<RunningHub> {
  relaxCollector()
  const environment = pathEnvironment()
  const read = () => {
    const { file, config } = loadConfig(hubConfig, { config: options.config, environment })
    if (options.memory === true) config.log.engine = memoryEngine.name
    options.change?.(config)
    return { file, config }
  }
  const { file, config } = read()
  follow(options, config.logging)
  const { usesFolder } = logEngine(config.log.engine)
  const data = usesFolder ? dataFolder(options.data ?? config.data, environment) : undefined
  const sources = options.sources === false ? [] : sourceDefinitions(config.sources)
  const hub = await Hub.open({
    config,
    runtime: nodeRuntime(),
    data,
    configFile: file,
    sources,
    openFiles: openFileLimit(),
    types: [...eventTypes, options.types ?? []],
    hubLog: options.hubLog,
    reload: () => reload.run(),
  })
  const reload: Reload = new Reload({
    hub,
    config,
    read,
    logging: (settings) => follow(options, settings),
    sources: options.sources !== false,
  })
  try {
    await hub.listen()
  } catch (error) {
    await hub.stop('it cannot listen')
    throw error
  }
  hub.start()
  let finish = () => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  return {
    listeners: hub.listeners,
    data,
    notes: hub.notes,
    config: file,
    sources: sources.map(({ name }) => name),
    finished,
    reload: () => hub.auditedReload(reload.run()),
    stop: () => hub.stop().finally(finish),
  }
}
