#!/usr/bin/env node
import { describeFailure, type Failure } from './help/failure.js'
import { type Io, processIo } from './io.js'
import { buildProgram } from './program.js'

// Timers of the runtime do not keep the process alive; a command that waits for one must not end because of that.
setInterval(() => {}, 2 ** 30)
const io = processIo()
const ended = await attempt(io)
await io.out.flush()
// An interrupt or an output error explains more than the failure that it causes.
const { exit, lines } = io.signal.aborted ? describeFailure(io.signal.reason) : ended
for (const line of lines) io.err.write(`${line}\n`)
// An open read from the terminal, for example, must not keep a finished command alive.
process.exit(exit)

async function attempt(io: Io): Promise<Failure> {
  try {
    const words = process.argv.slice(2)
    const program = await buildProgram(io, words)
    await program.parseAsync(words, { from: 'user' })
    return { exit: 0, lines: [] }
  } catch (error) {
    return describeFailure(error)
  }
}
