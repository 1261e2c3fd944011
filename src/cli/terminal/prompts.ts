import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { TocsinError } from '../../errors/tocsin-error.js'
import { Exit } from '../help/exit-codes.js'
import { Ending, type Io } from '../io.js'

/** Asks twice for a secret, without showing it; without a terminal, reads the first line of stdin. */
export async function askSecret(io: Io, what: string): Promise<string> {
  if (!io.stdin.isTTY) return firstLine(io)
  const secret = await askOnce(io, `${what}: `)
  if ((await askOnce(io, 'again: ')) === secret) return secret
  throw new TocsinError('TCN_USAGE', 'the two entries differ')
}

/**
 * Says what will be lost, and asks whether to go on, if a person is at the terminal: scripts go on. Throws if the
 * answer is not yes.
 */
export async function confirm(
  io: Io,
  { yes = false }: { yes?: boolean },
  describe: () => string | Promise<string>,
): Promise<void> {
  if (yes || !io.stdin.isTTY || !io.err.isTTY) return
  io.note(await describe())
  const terminal = createInterface({ input: io.stdin, output: io.err, terminal: true })
  const interrupted = new AbortController()
  terminal.once('SIGINT', () => interrupted.abort())
  terminal.once('close', () => interrupted.abort())
  try {
    const signal = AbortSignal.any([io.signal, interrupted.signal])
    const answer = await terminal.question('Go on? [y/N] ', { signal })
    if (!/^\s*y(es)?\s*$/i.test(answer)) throw new Ending(Exit.failed, 'nothing was changed')
  } catch (error) {
    if (interrupted.signal.aborted) throw new Ending(Exit.interrupted, 'nothing was changed')
    throw error
  } finally {
    terminal.close()
  }
}

/** Asks once for a secret on a terminal, without showing it. */
export async function askOnce(io: Io, prompt: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: io.stdin, output: nowhere, terminal: true })
  // The prompt is shown only after the terminal has stopped echoing.
  io.err.write(prompt)
  const interrupted = new AbortController()
  // In raw mode, Ctrl-C is a character and not a signal.
  terminal.once('SIGINT', () => interrupted.abort())
  try {
    return await terminal.question('', { signal: AbortSignal.any([io.signal, interrupted.signal]) })
  } catch (error) {
    if (interrupted.signal.aborted) process.kill(process.pid, 'SIGINT')
    throw error
  } finally {
    terminal.close()
    io.err.write('\n')
  }
}

async function firstLine(io: Io): Promise<string> {
  const lines = createInterface({ input: io.stdin })
  for await (const line of lines) return line
  throw new TocsinError('TCN_USAGE', 'stdin was empty')
}
