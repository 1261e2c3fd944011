import { channel } from 'node:diagnostics_channel'
import { findSocket, socketEnvironment } from '../../../client/transport/socket-path.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { httpConfig } from '../../../faces/http/config.js'
import type { HubConfig, Profile } from '../../../hub/config/index.js'
import { nodeRuntime } from '../../../hub/node-runtime.js'
import type { HubLog, Level } from '../../../hub/own-log/hub-log.js'
import type { LoggingConfig } from '../../../hub/own-log/logging-config.js'
import { SharedLog } from '../../../hub/own-log/shared-log.js'
import { superviseProcess } from '../../../hub/parts/supervisor.js'
import { type RunningHub, serve } from '../../../hub/serve.js'
import { version } from '../../../hub/version.js'
import { CoreFault } from '../../../parts/core.js'
import { Exit } from '../../help/exit-codes.js'
import { describeFailure } from '../../help/failure.js'
import { callable, commandOf } from '../../help/own-command.js'
import { shellWord } from '../../help/shell-word.js'
import { Ending, type Io } from '../../io.js'
import { reloadText } from '../../output/answers.js'
import { isJournal, LineLog, reportedBy } from '../../output/line-log.js'
import { ownProgram } from '../../own-program.js'
import { stopSignals } from '../../terminal/stop-signals.js'
import { factLines } from '../../terminal/table.js'
import { quietLmdb, reportFaults } from './report-faults.js'
import { ServiceManager } from './service-manager.js'
import { showLive } from './show-live.js'
import { STARTED, STARTING_PROCESS } from './started.js'

export interface ServeCommandOptions {
  config?: string
  data?: string
  socket?: string
  http?: string
  profile?: Profile
  memory?: boolean
  sources: boolean
  quiet?: boolean
  logLevel?: Level
  logFormat?: LoggingConfig['format']
}

const STOP_MS = 10_000
/** Time after which somebody who waits is told what for, ms. */
const LATE_MS = 3000

/** Runs a hub until a signal stops it. */
export async function runHub(io: Io, { quiet, ...options }: ServeCommandOptions): Promise<void> {
  let hub: RunningHub | undefined
  const lines = new LineLog({
    runtime: nodeRuntime(),
    write: (line) => void io.err.write(line),
    journal: isJournal(io.env.JOURNAL_STREAM),
  })
  const log = SharedLog.over(lines)
  if (options.logFormat !== undefined)
    lines.settings = { level: options.logLevel ?? 'info', format: options.logFormat }
  // Listening before the command line stops to, so that no signal on its way is lost.
  const manager = ServiceManager.of(io.env, nodeRuntime(), log)
  const stopped = stopSignals(io, log, () => {
    if (hub !== undefined) void reload(log, hub, manager)
  })
  io.takeSignals()
  io.signal.throwIfAborted()
  reportFaults(log)
  superviseProcess((thrown) => endBecauseOf(thrown, log))
  quietLmdb()
  hub = await start(io, log, lines, options)
  channel(STARTED).publish(hub)
  announce(io, lines, hub)
  manager?.ready()
  const showing = io.out.isTerminal && !quiet ? showLive(io, socketOf(hub), stopped.signal) : undefined
  // If the reader of the live lines goes away, the hub continues without them.
  const signal = await Promise.race([stopped.name, hub.finished])
  manager?.stopping()
  await stop(log, hub)
  manager?.close()
  await showing
  if (signal === 'SIGINT') throw new Ending(Exit.interrupted)
}

/** The state of the hub is not known any more: what is on the disk is, and the next start continues with it. */
function endBecauseOf(thrown: unknown, log: HubLog): never {
  const cause = thrown instanceof CoreFault ? thrown.cause : thrown
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
  log.write('error', `the hub ends at once, since something failed that all of its parts share: ${text}`)
  process.exit(Exit.failed)
}

async function start(
  io: Io,
  log: SharedLog,
  lines: LineLog,
  options: Omit<ServeCommandOptions, 'quiet'>,
): Promise<RunningHub> {
  let engine = ''
  const change = (config: HubConfig) => {
    engine = config.log.engine
    applyListenOptions(config, options)
    applyLogOptions(config, options)
  }
  const late = setTimeout(() => {
    const awaited = engine === 'jetstream' ? 'waits for the servers of NATS' : 'its log is not open yet'
    log.write('info', `still starting: ${awaited}`)
  }, LATE_MS)
  try {
    return await serve({
      ...options,
      hubLog: log,
      change,
      startingProcess: [...ownProgram(), STARTING_PROCESS],
    })
  } catch (error) {
    if (!lines.isText) throw reportedBy(lines, error)
    if (TocsinError.is(error, 'TCN_LOG_LOCKED')) {
      io.note(`a hub is already running on this data folder; to watch it: ${commandOf(io.env)} tail`)
    }
    throw error
  } finally {
    clearTimeout(late)
  }
}

/** `--socket` takes the place of the first socket configured. */
function applyListenOptions(
  { listen }: HubConfig,
  { socket, http }: Omit<ServeCommandOptions, 'quiet'>,
): void {
  if (socket !== undefined) listen.unix[0].path = socket
  if (http === undefined) return
  const parsed = httpConfig.safeParse(http)
  if (!parsed.success) {
    throw new TocsinError('TCN_CONFIG_INVALID', `--http ${http}: ${parsed.error.issues[0].message}`)
  }
  listen.http = parsed.data
}

function applyLogOptions({ logging }: HubConfig, { logLevel, logFormat }: ServeCommandOptions): void {
  if (logLevel !== undefined) logging.level = logLevel
  if (logFormat !== undefined) logging.format = logFormat
}

/** Path of the first unix socket. */
function socketOf({ listeners }: RunningHub): string {
  const prefix = 'unix:'
  const found = listeners.find(({ address }) => address.startsWith(prefix))
  return found?.address.slice(prefix.length) ?? ''
}

async function reload(log: HubLog, hub: RunningHub, manager: ServiceManager | undefined): Promise<void> {
  manager?.reloading()
  try {
    log.write('info', reloadText(await hub.reload()))
  } catch (error) {
    log.write('error', 'the reload has failed, and nothing has changed:')
    for (const line of describeFailure(error).lines) log.write('error', line)
  } finally {
    manager?.reloaded()
  }
}

async function stop(log: HubLog, hub: RunningHub): Promise<void> {
  const late = setTimeout(() => {
    log.write('error', `the hub did not stop within ${STOP_MS / 1000} s`)
    process.exit(Exit.failed)
  }, STOP_MS)
  await hub.stop()
  clearTimeout(late)
}

function announce(io: Io, log: LineLog, hub: RunningHub): void {
  for (const note of hub.notes) log.write('warn', callable(note, io.env))
  if (!log.writes('info')) return
  if (!log.isText) {
    const { listeners, data, config, sources } = hub
    log.write('info', `tocsin ${version} is ready`, { listeners, data, config, sources })
    return
  }
  // A log must not keep what lets somebody in.
  const link = io.err.isTTY ? hub.loginLink() : undefined
  const facts = factLines([
    ...hub.listeners.map(({ face, address }) => [face, address] as const),
    ...(link === undefined ? [] : [['console', `${link} (valid once, for ten minutes)`] as const]),
    ['data', hub.data ?? 'in memory only: nothing is kept when the hub ends'],
    ['config', hub.config ?? `defaults: there is no ${hub.configPlace}`],
    ['sources', hub.sources.length === 0 ? 'none' : hub.sources.join(', ')],
  ])
  const command = commandOf(io.env)
  const socket = socketOf(hub)
  const at = isUsualSocket(socket) ? '' : ` --socket ${shellWord(socket)}`
  io.err.write(
    `${[
      `tocsin ${version} is ready`,
      ...facts.map((line) => `  ${line}`),
      `try in another terminal${command.startsWith('npx') ? ', in this folder' : ''}:`,
      `  ${command} tail --from -1m${at}`,
      `  ${command} fire hello/world '{"bell": "rings"}'${at}`,
    ].join('\n')}\n`,
  )
}

/** Returns whether a client in another terminal finds the socket without an option. */
function isUsualSocket(path: string): boolean {
  const environment = socketEnvironment()
  try {
    return (
      findSocket(undefined, { ...environment, variables: { ...environment.variables, TOCSIN_URL: '' } }) ===
      path
    )
  } catch {
    return false
  }
}
