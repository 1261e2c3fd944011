import { existsSync } from 'node:fs'
import { ADMIN } from '../access/index.js'
import { type Recovery, recover } from '../config/commits/recover.js'
import { pathEnvironment } from '../config/home.js'
import { findConfig, parseConfig } from '../config/load.js'
import { configCandidates, dataFolder } from '../config/paths.js'
import type { Runtime } from '../event/runtime.js'
import { logEngine } from '../log/engines.js'
import { memoryEngine } from '../log/memory-log.js'
import type { HubReloadReport } from '../methods/contract/index.js'
import { sourceDefinitions } from '../sources/config.js'
import type { SourceDefinition } from '../sources/source.js'
import type { EventType } from '../types/event-type.js'
import { upstreams as upstreamsKind } from '../upstream/index.js'
import type { ConfigurationControl } from './config/control.js'
import { HubReload } from './config/hub-reload.js'
import { type HubConfig, hubConfigUnder, type Profile } from './config/index.js'
import { commitFiles, openCommits, recoveredEvent, revertUnconfirmed } from './config/open-commits.js'
import { type ReadConfig, RunningConfig } from './config/running-config.js'
import { ConfigThread } from './config/thread/config-thread.js'
import type { HubTextWork } from './config/thread/messages.js'
import { eventTypes } from './event-types.js'
import { Hub } from './hub.js'
import { nodeRuntime } from './node-runtime.js'
import type { HubLog } from './own-log/hub-log.js'
import type { LoggingConfig } from './own-log/logging-config.js'
import { relaxCollector } from './process/collector-settings.js'
import { openFileLimit } from './process/open-files.js'

const RELOAD = { name: 'hub.reload', subsystem: 'hub' }

/** Options of `tocsin serve`. They take precedence over the configuration file. */
export interface ServeOptions {
  /** Configuration file; by default the usual places are searched, and it may be missing there. */
  config?: string
  /** Data folder. */
  data?: string
  /** Changes the configuration each time the file is read. */
  change?(config: HubConfig): void
  /** Takes the place of `profile` in the configuration. */
  profile?: Profile
  /** Keeps events in memory only. */
  memory?: boolean
  /** The hub's own log; told of the configured settings before the first line. */
  hubLog?: HubLog & { settings: LoggingConfig }
  /** True if the configured sources run; default true. */
  sources?: boolean
  /** The command that starts the programs of jobs; default: this process starts them. */
  startingProcess?: readonly string[]
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
  /** The usual place of the configuration, if there is none. */
  readonly configPlace: string
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
  const find = (config = options.config) => findConfig({ config, environment, trusted: true })
  const found = find()
  const file = found.file ?? configCandidates(options.config, environment)[0].path
  // A hub without a file has one when it has read it.
  const inForce = { file: found.file }
  // A file that is gone is an error, not a configuration without any setting.
  const configFile = { path: file, read: () => find(inForce.file).text }
  const schema = hubConfigUnder(options.profile)
  const adjusted = (config: HubConfig) => {
    if (options.memory === true) config.log.engine = memoryEngine.name
    options.change?.(config)
    return config
  }
  const config = adjusted(parseConfig(schema, found.text, found.file ?? 'defaults'))
  const { usesFolder } = logEngine(config.log.engine)
  const data = usesFolder ? dataFolder(options.data ?? config.data, environment) : undefined
  return { find, found, file, inForce, configFile, adjusted, config, data }
}

type Settings = ReturnType<typeof readSettings>

/** All that a start needs besides the hub. */
interface Start {
  readonly options: ServeOptions
  readonly settings: Settings
  readonly runtime: Runtime
  readonly sources: readonly SourceDefinition[]
  /** Reads the configuration while the hub runs. */
  readonly texts: HubTextWork & { close(): void }
}

/** Starts a hub, or resolves with the commits that had to be reverted first. */
async function start(
  options: ServeOptions,
  before: readonly Recovery[],
): Promise<RunningHub | readonly Recovery[]> {
  const begun = begin(options)
  const revert = ({ settings: { data, configFile }, runtime }: Start, error: unknown) =>
    revertUnconfirmed(data, configFile, runtime, error)
  const hub = await openHub(begun).catch((error) => revert(begun, error))
  if (!(hub instanceof Hub)) return [...before, hub]
  let control: ConfigurationControl | undefined
  const recoveries = [...before]
  try {
    const recovery = await recoverFiles(begun)
    if (recovery !== undefined) recoveries.push(recovery)
    if (recovery?.reverted) {
      await hub.stop('it goes back to the configuration before a commit')
      return recoveries
    }
    control = await controlOf(begun, hub)
    hub.configure(control)
    await hub.listen()
  } catch (error) {
    control?.commits?.close()
    await hub.stop('it cannot listen')
    return [...recoveries, await revert(begun, error)]
  }
  // Parts say themselves that they cannot begin. Anything else is a fault of the core, and ends the process.
  void hub.start()
  for (const each of recoveries) hub.report(recoveredEvent(begun.settings.file, each))
  return running(begun, hub, control, recoveries)
}

function begin(options: ServeOptions): Start {
  const settings = readSettings(options)
  follow(options, settings.config.logging)
  const sources = options.sources === false ? [] : sourceDefinitions(settings.config.sources)
  const runtime = nodeRuntime()
  return { options, settings, runtime, sources, texts: textsOf(options, settings, runtime) }
}

function textsOf({ profile: override }: ServeOptions, settings: Settings, runtime: Runtime): Start['texts'] {
  const { file, config, adjusted } = settings
  const thread = new ConfigThread(runtime, { file, override, profile: config.profile })
  const { changes, keyedChanges, edited, values, described } = thread
  return {
    changes,
    keyedChanges,
    edited,
    values,
    described,
    check: async (...given) => adjusted(await thread.check(...given)),
    close: () => thread.close(),
  }
}

/** Reads and checks the file again. */
async function readAgain({ settings: { find }, texts }: Start): Promise<ReadConfig> {
  const { file, text } = find()
  return { file, config: await texts.check(text, file ?? 'defaults') }
}

/** A hub that has begun without a file has one when it has read it. */
function noteFile({ options, settings: { inForce } }: Start): void {
  const places = configCandidates(options.config, pathEnvironment())
  inForce.file ??= places.find(({ path }) => existsSync(path))?.path
}

function openHub(begun: Start): Promise<Hub> {
  const { options, settings, runtime, sources } = begun
  const { config, data } = settings
  const upstreams = upstreamsKind.open(config.upstreams).map(({ definition }) => definition)
  return Hub.open({
    config,
    runtime,
    data,
    configFile: () => begun.settings.inForce.file,
    sources: [...sources, ...upstreams],
    openFiles: openFileLimit(),
    startingProcess: options.startingProcess,
    types: [...eventTypes, options.types ?? []],
    hubLog: options.hubLog,
  })
}

/** Returns what changes the configuration of the hub. */
async function controlOf(begun: Start, hub: Hub): Promise<ConfigurationControl> {
  const { file } = begun.settings
  const inForce = runningConfigOf(begun, hub)
  const commits = await commitsOf(begun, hub, inForce)
  // The commits take over the text that somebody has edited in the file.
  const reload = async () => {
    if (commits !== undefined) return inForce.reported(async () => ({ file, ...(await commits.reload()) }))
    const report = await inForce.reload()
    noteFile(begun)
    return report
  }
  const hubReload = hubReloadOf(begun, hub, inForce, reload)
  return { commits, reload, reloadHub: (trace) => hubReload.run(trace) }
}

function runningConfigOf(begun: Start, hub: Hub): RunningConfig {
  const { options, settings } = begun
  return new RunningConfig({
    runtime: begun.runtime,
    hub,
    config: settings.config,
    read: () => readAgain(begun),
    logging: (logging) => follow(options, logging),
    sources: options.sources !== false,
  })
}

function hubReloadOf(
  begun: Start,
  hub: Hub,
  inForce: RunningConfig,
  configuration: ConfigurationControl['reload'],
): HubReload {
  return new HubReload({
    packages: hub.packages,
    check: async () => {
      try {
        return (await readAgain(begun)).config.types
      } catch (error) {
        inForce.refused(error)
        throw error
      }
    },
    configuration,
    report: hub.report,
    progress: hub.observers.reporting.progress,
  })
}

/** Finishes what a commit has left in the data folder, which only the hub that owns it may touch. */
async function recoverFiles({ settings: { data, configFile }, runtime }: Start) {
  return data === undefined ? undefined : recover(commitFiles(configFile, data), runtime)
}

/** Opens the commits of the configuration; undefined if the hub keeps nothing on disk. */
async function commitsOf(begun: Start, hub: Hub, inForce: RunningConfig) {
  const { settings, runtime, texts } = begun
  const { data, configFile, file } = settings
  if (data === undefined) return undefined
  return openCommits({
    hub,
    files: commitFiles(configFile, data),
    runtime,
    file,
    text: settings.found.text,
    texts,
    apply: async (next: HubConfig) => {
      const applied = await inForce.apply(next)
      noteFile(begun)
      return applied
    },
    settled: () => inForce.settle(),
  })
}

function running(
  begun: Start,
  hub: Hub,
  { commits, reloadHub }: ConfigurationControl,
  recoveries: readonly Recovery[],
): RunningHub {
  const { settings, sources, texts } = begun
  let finish = () => {}
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  return {
    listeners: hub.listeners,
    loginLink: () => hub.loginLink(),
    data: settings.data,
    notes: [...settings.found.notes, ...hub.notes, ...recoveries.map(({ text }) => text)],
    config: settings.found.file,
    configPlace: settings.file,
    sources: sources.map(({ name }) => name),
    finished,
    reload: () =>
      hub.observers.audit.reloaded(
        hub.access.principal(ADMIN),
        hub.observers.reporting.progress.run(RELOAD, (span) => reloadHub(span)),
      ),
    stop: () => {
      commits?.close()
      texts.close()
      return hub.stop().finally(finish)
    },
  }
}
