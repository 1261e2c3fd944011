import { join, resolve } from 'node:path'
import { Bridge } from '../../../bridge/bridge.js'
import { type BridgeCertificate, bridgeCertificate } from '../../../bridge/certificate.js'
import { type BridgeConfig, bridgeConfig } from '../../../bridge/config.js'
import { type BridgeKey, readKeys } from '../../../bridge/keys.js'
import { pathEnvironment } from '../../../config/home.js'
import { findConfig, parseConfig } from '../../../config/load.js'
import { dataFolder, expandHome } from '../../../config/paths.js'
import { address } from '../../../config/values/address.js'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { nodeRuntime } from '../../../hub/node-runtime.js'
import type { Level } from '../../../hub/own-log/hub-log.js'
import type { LoggingConfig } from '../../../hub/own-log/logging-config.js'
import { version } from '../../../hub/version.js'
import { Exit } from '../../help/exit-codes.js'
import { Ending, type Io } from '../../io.js'
import { isJournal, LineLog, reportedBy } from '../../output/line-log.js'
import { plural } from '../../terminal/figures.js'
import { stopSignals } from '../../terminal/stop-signals.js'
import { factLines } from '../../terminal/table.js'

export interface BridgeCommandOptions {
  config?: string
  data?: string
  bind?: string
  keys?: string[]
  logLevel?: Level
  logFormat?: LoggingConfig['format']
}

const STOP_MS = 10_000
/** Interval at which the counts are written, ms. */
const COUNTS_EVERY = 10 * 60_000

interface Running {
  bridge: Bridge
  address: string
  certificate: BridgeCertificate
  keys: readonly BridgeKey[]
}

/** Runs a bridge until a signal stops it. */
export async function runBridge(io: Io, options: BridgeCommandOptions): Promise<void> {
  const runtime = nodeRuntime()
  const log = new LineLog({
    runtime,
    write: (line) => void io.err.write(line),
    journal: isJournal(io.env.JOURNAL_STREAM),
  })
  log.settings = { level: options.logLevel ?? 'info', format: options.logFormat ?? 'text' }
  let running: Running | undefined
  // Listening before the command line stops to, so that no signal on its way is lost.
  const stopped = stopSignals(io, log, () => running && reload(log, running, options))
  io.takeSignals()
  io.signal.throwIfAborted()
  try {
    running = await start(log, options)
  } catch (error) {
    throw log.isText ? error : reportedBy(log, error)
  }
  announce(io, log, running)
  const { bridge } = running
  const counting = setInterval(() => writeCounts(log, bridge), COUNTS_EVERY)
  const signal = await stopped.name
  clearInterval(counting)
  await stop(log, bridge)
  if (signal === 'SIGINT') throw new Ending(Exit.interrupted)
}

async function start(log: LineLog, options: BridgeCommandOptions): Promise<Running> {
  const config = configOf(options)
  const keys = keysOf(config)
  if (keys.length === 0)
    throw new TocsinError('TCN_BRIDGE_KEYS', 'there is no key with which anybody could log in: use --keys')
  const certificate = await bridgeCertificate(config, folderOf(config, options))
  const bridge = new Bridge({
    runtime: nodeRuntime(),
    config,
    keys,
    log: (level, text, fields) => log.write(level, text, fields),
  })
  return { bridge, address: await bridge.listen(config.listen, certificate), certificate, keys }
}

/** Options take the place of what the file says. */
function configOf({ config: named, bind, keys }: BridgeCommandOptions): BridgeConfig {
  const { file, text } = named === undefined ? { file: undefined, text: '' } : find(named)
  const config = parseConfig(bridgeConfig, text, file ?? 'defaults')
  if (bind !== undefined) config.listen = listenOf(bind)
  if (keys !== undefined) config.keys = keys.map((path) => resolve(path))
  return config
}

function find(named: string): { file: string | undefined; text: string } {
  return findConfig({ config: named, environment: pathEnvironment(), trusted: true })
}

function listenOf(text: string): BridgeConfig['listen'] {
  const parsed = address().safeParse(text)
  if (parsed.success) return parsed.data
  throw new TocsinError('TCN_USAGE', `--bind ${text}: ${parsed.error.issues[0].message}`)
}

function keysOf({ keys }: BridgeConfig): BridgeKey[] {
  return readKeys(keys.map((path) => expandHome(path, pathEnvironment())))
}

function folderOf({ folder }: BridgeConfig, { data }: BridgeCommandOptions): string {
  const environment = pathEnvironment()
  if (data !== undefined) return resolve(expandHome(data, environment))
  return folder === undefined
    ? join(dataFolder(undefined, environment), 'bridge')
    : expandHome(folder, environment)
}

function reload(log: LineLog, { bridge, certificate }: Running, options: BridgeCommandOptions): void {
  try {
    const keys = keysOf(configOf(options))
    bridge.replaceKeys(keys)
    log.write('info', `${plural(keys.length, 'key')} read again`, { keys: keys.length })
  } catch (error) {
    log.write('error', `the keys are as before: ${messageOf(error)}`)
  }
  try {
    if (certificate.reload()) log.write('info', 'the certificate has changed, for new connections')
  } catch (error) {
    log.write('error', `the certificate is as before: ${messageOf(error)}`)
  }
}

function announce(io: Io, log: LineLog, { address: at, certificate, keys }: Running): void {
  const { fingerprint } = certificate
  if (!log.writes('info')) return
  if (!log.isText) {
    log.write('info', `tocsin ${version} is ready`, { listen: at, keys: keys.length, fingerprint })
    return
  }
  const facts = factLines([
    ['bridge', at],
    ['keys', String(keys.length)],
    ['SHA-256', fingerprint],
  ])
  io.err.write(`${[`tocsin ${version} is ready`, ...facts.map((line) => `  ${line}`)].join('\n')}\n`)
}

function writeCounts(log: LineLog, { connections, counts, waiting }: Bridge): void {
  const { messages, bytes, unreachable, closed } = counts
  const ended = [...closed].map(([reason, count]) => `, ${count} disconnected (${reason})`).join('')
  log.write(
    'info',
    `${plural(connections, 'connection')}; ${plural(messages, 'message')} (${bytes} bytes) relayed, ${unreachable} without a receiver${ended}`,
    { open: connections, waiting, ...counts.fields },
  )
}

async function stop(log: LineLog, bridge: Bridge): Promise<void> {
  const late = setTimeout(() => {
    log.write('error', `the bridge did not stop within ${STOP_MS / 1000} s`)
    process.exit(Exit.failed)
  }, STOP_MS)
  await bridge.close()
  clearTimeout(late)
  writeCounts(log, bridge)
}
