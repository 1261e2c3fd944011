import type { HubLog } from '../../hub/own-log/hub-log.js'
import { Exit } from '../help/exit-codes.js'
import type { Io } from '../io.js'

/** The signal that stops a server. The second one ends the process at once. */
export interface StopSignals {
  name: Promise<NodeJS.Signals>
  signal: AbortSignal
}

/** If there is no terminal, SIGHUP calls `hangup` and stops nothing. */
export function stopSignals(io: Io, log: HubLog, hangup: () => void): StopSignals {
  const ending = new AbortController()
  const name = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (signal === 'SIGHUP' && !hasTerminal(io)) {
          hangup()
          return
        }
        if (ending.signal.aborted) process.exit(Exit.interrupted)
        log.write('info', `${signal}: stopping`)
        ending.abort()
        resolve(signal)
      })
    }
  })
  return { name, signal: ending.signal }
}

/** On a terminal, SIGHUP means that the terminal was closed. */
function hasTerminal({ stdin, out, err }: Io): boolean {
  return stdin.isTTY || out.isTerminal || err.isTTY
}
