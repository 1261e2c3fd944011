import { hostname } from 'node:os'
import { pathEnvironment } from '../../../config/home.js'
import { dataFolder, expandHome, type PathEnvironment } from '../../../config/paths.js'
import { codeOf, messageOf } from '../../../errors/thrown.js'
import { TocsinError, toTocsinError } from '../../../errors/tocsin-error.js'
import { type HubConfig, hubConfig } from '../../../hub/config/index.js'
import { logEngine } from '../../../log/engines.js'
import { Exit } from '../../help/exit-codes.js'
import type { HubOptions } from '../../help/options.js'
import { callable } from '../../help/own-command.js'
import { ask } from '../../hub/connect.js'
import { Ending, type Io } from '../../io.js'
import { report } from '../../output/report.js'
import type { Colors } from '../../terminal/colors.js'
import { plural } from '../../terminal/figures.js'
import { escapeText, padEnd } from '../../terminal/text.js'
import { readConfig } from '../config/report.js'
import { clusterChecks } from './cluster-checks.js'
import {
  type Check,
  type ClusterAnswer,
  type Finding,
  type FindingState,
  type HubAnswer,
  type Patient,
  wrong,
} from './finding.js'
import { hostChecks } from './host-checks.js'
import { hubChecks } from './hub-checks.js'
import { issuerChecks } from './issuer-checks.js'
import { listenerChecks } from './listener-checks.js'
import { serverChecks } from './server-checks.js'
import { storageChecks } from './storage-checks.js'

export interface DoctorOptions extends HubOptions {
  config?: string
  data?: string
  format?: string
  json?: boolean
}

const CHECK_MS = 5_000
const HUB_MS = 3_000
/** More than hubs have to answer each other. */
const CLUSTER_MS = 4_500

export async function examine(io: Io, options: DoctorOptions): Promise<void> {
  const patient = await makePatient(io, options)
  const checks = [
    ...hubChecks,
    ...clusterChecks,
    ...listenerChecks,
    ...issuerChecks,
    ...serverChecks,
    ...storageChecks,
    ...hostChecks,
  ]
  // Checks run one after the other, so that nothing else runs while the disk is measured.
  const findings: Finding[] = []
  for (const check of checks) findings.push(...(await inTime(check, patient)))
  const count = findings.filter(({ state }) => state === 'wrong').length
  await report(io, options.json ? 'json' : options.format, [{ sound: count === 0, findings }], () => [
    ...findings.map((finding) => line(io, finding)),
    '',
    ...nextLines(findings).map((step) => callable(step, io.env)),
  ])
  if (count > 0) throw new Ending(Exit.failed, `${plural(count, 'thing')} wrong`)
}

async function makePatient(io: Io, options: DoctorOptions): Promise<Patient> {
  const environment = pathEnvironment(io.env)
  const configuration = readDefensively(options.config, environment)
  const config = configuration.config ?? hubConfig.parse({})
  const where = hubOf(io, options, config, environment)
  const hub = await askHub(io, where)
  const local = 'status' in hub && hub.local ? hub.status : undefined
  const { usesFolder } = logEngine(config.log.engine)
  const configured = usesFolder ? dataFolder(options.data ?? config.data, environment) : undefined
  return {
    options,
    environment,
    configuration,
    config,
    data: options.data === undefined && local ? local.data : configured,
    hub,
    cluster: await askCluster(io, where, hub),
  }
}

function readDefensively(
  ...[named, environment]: Parameters<typeof readConfig>
): ReturnType<typeof readConfig> {
  try {
    return readConfig(named, environment)
  } catch (error) {
    if (!TocsinError.is(error)) throw error
    const problems = [{ line: 1, column: 1, key: '', message: error.message }]
    return { file: named, valid: false, problems, warnings: [] }
  }
}

/** If the configuration names a socket, the hub that listens there is meant. */
function hubOf(
  io: Io,
  { socket, url, context, timeout = HUB_MS }: DoctorOptions,
  { listen }: HubConfig,
  environment: PathEnvironment,
): HubOptions {
  const path = listen.unix[0]?.path
  const given = socket ?? url ?? context ?? (io.env.TOCSIN_URL || undefined)
  return given === undefined && path !== undefined
    ? { timeout, socket: expandHome(path, environment) }
    : { timeout, socket, url, context }
}

async function askHub(io: Io, where: HubOptions): Promise<HubAnswer> {
  try {
    const status = await ask(io, where, 'hub.status', {})
    return { status, local: status.name === hostname() && isAlive(status.pid) }
  } catch (error) {
    return { error: failureOf(io, error) }
  }
}

async function askCluster(io: Io, where: HubOptions, hub: HubAnswer): Promise<ClusterAnswer | undefined> {
  if (!('status' in hub) || hub.status.cluster === undefined) return undefined
  try {
    return { overview: await ask(io, { ...where, timeout: CLUSTER_MS }, 'cluster.overview', {}) }
  } catch (error) {
    return { error: failureOf(io, error) }
  }
}

function failureOf(io: Io, error: unknown): { code: string; message: string } {
  io.signal.throwIfAborted()
  const { code, message } = toTocsinError(error, 'TCN_INTERNAL')
  return { code, message }
}

/** The pid of a hub in a container with the same host name means nothing here. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

async function inTime({ name, run }: Check, patient: Patient): Promise<Finding[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<ReturnType<typeof wrong>[]>((resolve) => {
    timer = setTimeout(() => resolve([wrong(`no answer within ${CHECK_MS / 1000} s`)]), CHECK_MS)
  })
  const failed = (error: unknown) => [wrong(messageOf(error))]
  const found = await Promise.race([run(patient).catch(failed), late])
  clearTimeout(timer)
  return found.map((finding) => ({ check: name, ...finding }))
}

const NAME_WIDTH = 13

function line(io: Io, { check, state, text }: Finding): string {
  return `${mark(io.colors, io.env, state)} ${padEnd(check, NAME_WIDTH)}  ${escapeText(text)}`
}

/** Plain signs are used if the terminal or NO_COLOR asks for plain text. */
export function mark(colors: Colors, env: NodeJS.ProcessEnv, state: FindingState): string {
  if (env.NO_COLOR || env.TERM === 'dumb') return { ok: 'ok', warning: '! ', wrong: 'X ' }[state]
  if (state === 'ok') return colors.green('✓')
  return state === 'warning' ? colors.yellow('!') : colors.red('✗')
}

function nextLines(findings: readonly Finding[]): string[] {
  const rank = { wrong: 0, warning: 1, ok: 2 }
  const steps = [...findings]
    .sort((a, b) => rank[a.state] - rank[b.state])
    .flatMap(({ check, next }) => (next === undefined ? [] : [`  ${check}: ${escapeText(next)}`]))
  if (steps.length > 0) return ['next:', ...new Set(steps)]
  return findings.some(({ state }) => state !== 'ok') ? ['nothing to do'] : ['all is well']
}
