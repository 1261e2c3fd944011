import { socketEnvironment } from '../client/socket-environment.js'
import { findSocket } from '../client/socket-path.js'
import { serve } from '../hub/serve.js'
import type { RunningHub } from '../hub/serve-options.js'
import { version } from '../hub/version.js'
import type { ServeCommandOptions } from './commands/serve.js'
import { Exit } from './exit-codes.js'
import { describeFailure } from './failure.js'
import { Ending, type Io } from './io.js'
import { ownCommand } from './own-command.js'
import { quietLmdb } from './quiet-lmdb.js'
import { reloadText } from './reload-text.js'
import { reportFaults } from './report-faults.js'
import { showLive } from './show-live.js'
import { factLines } from './table.js'

const STOP_MS = 10_000

/** Runs a hub until it is told to stop. */
export async function runHub(io: Io, { quiet, ...options }: ServeCommandOptions): Promise<void> {
  io.takeSignals()
  let hub: RunningHub | undefined
  const stopped = signalled(io, () => hub && readAgain(io, hub))
  reportFaults(io)
  quietLmdb()
  hub = await serve(options)
  announce(io, hub)
  const showing = io.out.isTerminal && !quiet ? showLive(io, hub.socket, stopped.signal) : undefined
  // Nobody reads the live lines any more: the hub goes on without them.
  const signal = await Promise.race([stopped.name, hub.finished])
  await stop(io, hub)
  await showing
  if (signal === 'SIGINT') throw new Ending(Exit.interrupted)
}

function signalled(io: Io, hangup: () => void): { name: Promise<NodeJS.Signals>; signal: AbortSignal } {
  const ending = new AbortController()
  const name = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (signal === 'SIGHUP' && !hasTerminal(io)) {
          hangup()
          return
        }
        if (ending.signal.aborted) process.exit(Exit.interrupted)
        io.note(`${signal}: stopping`)
        ending.abort()
        resolve(signal)
      })
    }
  })
  return { name, signal: ending.signal }
}

async function readAgain(io: Io, hub: RunningHub): Promise<void> {
  try {
    io.note(reloadText(await hub.reload()))
  } catch (error) {
    io.note('the configuration is not taken, everything stays as it was:')
    for (const line of describeFailure(error).lines) io.err.write(`${line}\n`)
  }
}

/** SIGHUP means then that the terminal is closed. */
function hasTerminal({ stdin, out, err }: Io): boolean {
  return stdin.isTTY || out.isTerminal || err.isTTY
}

async function stop(io: Io, hub: RunningHub): Promise<void> {
  const late = setTimeout(() => {
    io.note(`the hub did not stop within ${STOP_MS / 1000} s`)
    process.exit(Exit.failed)
  }, STOP_MS)
  await hub.stop()
  clearTimeout(late)
}

function announce(io: Io, hub: RunningHub): void {
  const facts = factLines([
    ...hub.listeners.map(({ face, address }) => [face, address] as const),
    ['data', hub.data ?? 'in memory only: nothing is kept when the hub ends'],
    ['config', hub.config ?? 'defaults'],
    ['sources', hub.sources.length === 0 ? 'none' : hub.sources.join(', ')],
  ])
  for (const note of hub.notes) io.note(note)
  const command = ownCommand({ path: io.env.PATH, program: process.argv[1], folder: process.cwd() })
  const at = isUsualSocket(hub.socket) ? '' : ` --socket ${hub.socket}`
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

/** Whether a client in another terminal finds it by itself. */
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
