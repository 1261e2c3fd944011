import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Writable } from 'node:stream'
import { startChild } from '../../processes/start-child.js'
import type { Io } from '../io.js'

/**
 * Sends the output of this command through a pager, if a person reads it on a terminal. `less` ends by itself if all
 * fits on the screen.
 */
export function usePager(io: Io, wanted = true): void {
  const { env, out, stdin } = io
  if (!wanted || !out.isTerminal || stdin.isTTY !== true || env.TERM === 'dumb') return
  const command = pagerCommand(env)
  if (command === undefined) return
  const pager = startChild('sh', ['-c', command], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { LESS: 'FRX', LV: '-c', ...env },
  })
  const ended = new Promise<void>((resolve) => {
    pager.once('close', () => resolve())
    pager.once('error', () => resolve())
  })
  out.redirect(pager.stdin as Writable, ended)
}

/** Undefined without a pager: none is installed, or it is `cat` or empty. */
export function pagerCommand(env: NodeJS.ProcessEnv): string | undefined {
  const named = env.TOCSIN_PAGER ?? env.PAGER
  if (named !== undefined) return /^\s*(cat\s*)?$/.test(named) ? undefined : named
  return (env.PATH ?? '').split(delimiter).some((folder) => isProgram(join(folder, 'less')))
    ? 'less'
    : undefined
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
