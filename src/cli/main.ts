#!/usr/bin/env node
import { describeFailure } from './failure.js'
import { type Io, processIo } from './io.js'
import { buildProgram } from './program.js'

const io = processIo()
process.exitCode = await run(io)
await io.out.flush()
// What is still open, such as a read from the terminal, must not keep a finished command alive.
process.exit()

async function run(io: Io): Promise<number> {
  try {
    await buildProgram(io).parseAsync(process.argv)
    io.signal.throwIfAborted()
    return 0
  } catch (error) {
    const failure = describeFailure(io.signal.aborted ? io.signal.reason : error)
    for (const line of failure.lines) io.err.write(`${line}\n`)
    return failure.exit
  }
}
