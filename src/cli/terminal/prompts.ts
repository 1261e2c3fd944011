import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Io } from '../io.js'

/** Asks twice for a secret, without showing it; without a terminal, reads the first line of stdin. */
export async function askSecret(io: Io, what: string): Promise<string> {
  if (!io.stdin.isTTY) return firstLine(io)
  const secret = await askOnce(io, `${what}: `)
  if ((await askOnce(io, 'again: ')) === secret) return secret
  throw new TocsinError('TCN_USAGE', 'the two entries differ')
}

async function askOnce(io: Io, prompt: string): Promise<string> {
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
