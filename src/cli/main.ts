import type { Command } from 'commander'
import { describeFailure, type Failure, namedCommand } from './help/failure.js'
import { callable } from './help/own-command.js'
import { explainAnswers } from './hub/answers.js'
import { type Io, processIo } from './io.js'
import { buildProgram, runProgram } from './program.js'

// Timers of the runtime do not keep the process alive; a command that waits for one must not end because of that.
setInterval(() => {}, 2 ** 30)
void main(processIo())

// A function, since the bundle of the Debian package is a script, which cannot wait at its top level.
async function main(io: Io): Promise<never> {
  const ended = await attempt(io)
  await io.out.finish()
  // An interrupt or an output error explains more than the failure that it causes.
  const { exit, lines } = io.signal.aborted ? describeFailure(io.signal.reason) : ended
  for (const line of lines) io.err.write(`${callable(line, io.env)}\n`)
  // An open read from the terminal, for example, must not keep a finished command alive.
  process.exit(exit)
}

async function attempt(io: Io): Promise<Failure> {
  const words = usualSpelling(process.argv.slice(2))
  let program: Command | undefined
  try {
    program = await buildProgram(io, words)
    await runProgram(program, words)
    return { exit: 0, lines: [] }
  } catch (error) {
    return describeFailure(await explainAnswers(error), program && namedCommand(program, words))
  }
}

/** Replaces spellings that other programs use. */
function usualSpelling(words: string[]): string[] {
  return words.length === 1 && ['version', '-V'].includes(words[0]) ? ['--version'] : words
}
