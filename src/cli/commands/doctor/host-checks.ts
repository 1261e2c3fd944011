import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { OWN_FILES, openFileLimit } from '../../../hub/process/open-files.js'
import { version } from '../../../hub/version.js'
import { runProgram } from '../../../processes/run-program.js'
import { formatCount } from '../../terminal/figures.js'
import { type Check, localStatus, ok, warning, wrong } from './finding.js'

const CLOCK_MS = 100
const CLOCK_DRIFT_MS = 50
const EARLIEST = Date.UTC(2025, 0)
const SYNCHRONIZED = '/run/systemd/timesync/synchronized'

const node: Check = {
  name: 'versions',
  // No command runs on a Node that is too old: see bin/supported-node.mjs.
  run: async () => [ok(`tocsin ${version}, Node.js ${process.versions.node}`)],
}

const clock: Check = {
  name: 'clock',
  async run() {
    if (Date.now() < EARLIEST) return [wrong(`it shows ${new Date().toISOString()}`, 'set the clock')]
    const [wall, steady] = [Date.now(), performance.now()]
    await pause(CLOCK_MS)
    const drift = Math.abs(Date.now() - wall - (performance.now() - steady))
    const jumps =
      drift > CLOCK_DRIFT_MS ? [warning(`it jumped by ${Math.round(drift)} ms during this check`)] : []
    return [...jumps, await synchronized()]
  },
}

async function synchronized() {
  if (existsSync(SYNCHRONIZED)) return ok('synchronized')
  const answer = await output('timedatectl', ['show', '--property=NTPSynchronized', '--value'])
  if (answer === 'yes') return ok('synchronized')
  if (answer === 'no') return warning('not synchronized', 'timedatectl set-ntp true')
  return warning('it is unknown whether it is synchronized', 'run an NTP client, such as chrony')
}

async function output(command: string, args: string[]): Promise<string | undefined> {
  const outcome = await runProgram(command, args, { timeout: 2_000 }).catch(() => undefined)
  return outcome?.code === 0 ? outcome.output.trim() : undefined
}

const limits: Check = {
  name: 'open files',
  async run(patient) {
    const pid = localStatus(patient)?.pid
    const allowed = openFileLimit(pid) ?? openFileLimit()
    if (allowed === undefined) return [ok('the system does not report how many are allowed')]
    const needed = patient.config.limits.connections + OWN_FILES
    const text = `${formatCount(allowed)} allowed${pid === undefined ? '' : ' for the hub'}`
    return [
      allowed < needed
        ? warning(
            `${text}, ${formatCount(needed)} needed for all connections`,
            `ulimit -n ${needed} (LimitNOFILE in systemd), or lower limits.connections`,
          )
        : ok(text),
    ]
  },
}

const memory: Check = {
  name: 'memory',
  async run(patient) {
    const pid = localStatus(patient)?.pid
    if (pid === undefined) return []
    const environment = quietly(`/proc/${pid}/environ`)?.split('\0')
    if (environment === undefined) return []
    return environment.some((each) => each.startsWith('MALLOC_MMAP_THRESHOLD_='))
      ? [ok('the hub gives memory of past bursts back')]
      : [
          warning(
            'the hub keeps the memory of past bursts',
            'start it with the command `tocsin serve` and not with `node`, or set MALLOC_MMAP_THRESHOLD_=524288 in its environment',
          ),
        ]
  },
}

function quietly(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

export const hostChecks = [node, clock, limits, memory]
