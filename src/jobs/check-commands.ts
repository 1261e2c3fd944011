import { TocsinError } from '../errors/tocsin-error.js'
import { namesOfProgram } from '../processes/programs.js'
import type { JobsConfig } from './config.js'
import { splitCommand } from './split-command.js'

/** Throws unless the configuration and the principal allow the program of each command. */
export function checkCommands(
  commands: readonly string[],
  { programs, path }: JobsConfig,
  mayRun: (names: readonly string[]) => boolean,
): void {
  if (programs !== '*' && programs.length === 0) throw new TocsinError('TCN_JOB_OFF')
  for (const command of commands) {
    const [program] = splitCommand(command)
    if (program === undefined) throw new TocsinError('TCN_JOB_COMMAND', 'a command is empty')
    const names = namesOfProgram(program, path)
    if (programs !== '*' && !names.some((name) => programs.includes(name))) {
      throw new TocsinError('TCN_JOB_PROGRAM', `${names.join(', ')} is not in jobs.programs`)
    }
    if (!mayRun(names)) {
      throw new TocsinError('TCN_ACCESS_DENIED', `running ${names.join(', ')} requires the right "run"`, {
        details: { right: 'run' },
      })
    }
  }
}
