import { homedir } from 'node:os'
import { ADMIN } from '../access/index.js'
import { socketEnvironment } from '../client/socket-environment.js'
import { placeSocket } from '../client/socket-path.js'
import { loadConfig } from '../config/load.js'
import { type HttpListenerConfig, httpConfig } from '../config/parts/network.js'
import { dataFolder, expandHome, type PathEnvironment } from '../config/paths.js'
import { TocsinError } from '../event/errors.js'
import { sourceDefinitions } from '../sources/index.js'
import { relaxCollector } from './collector-settings.js'
import { hubConfig } from './config.js'
import { eventTypes } from './event-types.js'
import { Hub } from './hub.js'
import type { UnixListener } from './listeners.js'
import { nodeRuntime } from './node-runtime.js'
import { Reload } from './reload.js'
import type { RunningHub, ServeOptions } from './serve-options.js'

/** Starts a hub as the configuration and the options say. */
export async function serve(options: ServeOptions = {}): Promise<RunningHub> {
  relaxCollector()
  const environment: PathEnvironment = { variables: process.env, home: homedir() }
  const read = () => {
    const { file, config } = loadConfig(hubConfig, { config: options.config, environment })
    if (options.http === undefined) return { file, config }
    return { file, config: { ...config, listen: { ...config.listen, http: httpListener(options.http) } } }
  }
  const { file, config } = read()
  const inMemory = options.memory ?? config.log.engine === 'memory'
  const data = inMemory ? undefined : dataFolder(options.data ?? config.data, environment)
  const sources = options.sources === false ? [] : sourceDefinitions(config.sources)
  const hub = await Hub.open({
    config,
    runtime: nodeRuntime(),
    data,
    configFile: file,
    sources,
    types: eventTypes,
    reload: () => reload.run(),
  })
  const reload: Reload = new Reload({ hub, config, read, sources: options.sources !== false })
  const listeners = unixListeners(options, config.listen.unix, environment)
  try {
    await hub.listen(listeners)
    await hub.listenNetwork()
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
    socket: listeners[0].path,
    data,
    notes: hub.notes,
    config: file,
    sources: sources.map(({ name }) => name),
    finished,
    reload: () => reload.run(),
    stop: () => hub.stop().finally(finish),
  }
}

function httpListener(text: string): HttpListenerConfig {
  const parsed = httpConfig.safeParse(text)
  if (parsed.success) return parsed.data
  throw new TocsinError('TCN_CONFIG_INVALID', `--http ${text}: ${parsed.error.issues[0].message}`)
}

type UnixConfig = { path?: string; principal: string }

/** A socket named on the command line takes the place of the first one configured. */
function unixListeners(
  options: ServeOptions,
  configured: readonly UnixConfig[],
  environment: PathEnvironment,
): UnixListener[] {
  const [first = { principal: ADMIN }, ...others] = configured
  const path = (given: string | undefined) =>
    placeSocket(given && expandHome(given, environment), socketEnvironment())
  return [
    { ...first, path: path(options.socket ?? first.path) },
    ...others.map((listener) => ({ ...listener, path: path(listener.path) })),
  ]
}
