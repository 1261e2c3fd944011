import { isSea } from 'node:sea'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { YesOptions } from '../../help/options.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { confirm } from '../../terminal/prompts.js'
import { installSteps, requireUnpackaged, uninstallSteps } from './plan.js'
import { carryOut, type Step, type StepResult } from './steps.js'
import { openTarget, SERVICE, type Target } from './target.js'
import { ownWords } from './unit.js'

export interface InstallOptions {
  dryRun?: boolean
  root?: string
  program?: string
  format?: string
  json?: boolean
}

export interface UninstallOptions extends InstallOptions, YesOptions {
  purge?: boolean
}

export async function runInstall(
  io: Io,
  options: InstallOptions,
  target: Target = openTarget(options.root, io.signal),
): Promise<void> {
  requireAllowed(target, options)
  const words = options.program === undefined ? commandWords() : [options.program]
  const steps = await installSteps(target, words)
  await makeChanges(io, options, steps)
  const next = nextAfterInstall(target, steps)
  if (!options.dryRun && next !== undefined) io.note(next)
}

export async function runUninstall(
  io: Io,
  options: UninstallOptions,
  target: Target = openTarget(options.root, io.signal),
): Promise<void> {
  requireAllowed(target, options)
  const steps = await uninstallSteps(target, options.purge === true)
  const lost = steps.filter(({ found }) => found === undefined)
  if (!options.dryRun && lost.length > 0) await confirm(io, options, () => lossOf(options, lost))
  await makeChanges(io, options, steps)
}

function requireAllowed(target: Target, { dryRun = false }: InstallOptions): void {
  requireUnpackaged(target)
  if (!dryRun && target.root === undefined && !target.isSuperuser) throw new TocsinError('TCN_INSTALL_ROOT')
}

function commandWords(): string[] {
  return isSea() ? [process.execPath] : ownWords(process.argv[1], process.execPath)
}

function lossOf({ purge = false }: UninstallOptions, lost: readonly Step[]): string {
  const changes = lost.map(({ act, what }) => `${act} ${what}`).join(', ')
  return `this will ${changes}${purge ? ': the log and all other data will be lost' : ''}`
}

async function makeChanges(io: Io, options: InstallOptions, steps: readonly Step[]): Promise<void> {
  const format = options.json ? 'json' : options.format
  const tell = (result: StepResult) => report(io, format, [result], () => [lineOf(result)])
  await carryOut(steps, options.dryRun === true, tell)
}

function lineOf({ result, what }: StepResult): string {
  return `${result.padEnd(WIDTH)}  ${what}`
}

/** As wide as the longest usual result. */
const WIDTH = 'enabled and started'.length

function nextAfterInstall({ root, systemdRuns }: Target, steps: readonly Step[]): string | undefined {
  if (root !== undefined) return `enable it with: systemctl --root ${root} enable ${SERVICE}`
  if (!systemdRuns) return `systemd does not run here; where it does: systemctl enable --now ${SERVICE}`
  const ran = steps.some(({ act, found }) => act === 'start' && found !== undefined)
  return ran ? `it ran before; to run this version: systemctl restart ${SERVICE}` : undefined
}
