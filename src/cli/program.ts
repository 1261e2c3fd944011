import { Command } from 'commander'
import { version } from '../hub/version.js'
import { defineBackup } from './commands/backup.js'
import { defineCompletion } from './commands/completion.js'
import { defineConfig } from './commands/config.js'
import { defineConsumers } from './commands/consumers.js'
import { defineContext } from './commands/context.js'
import { defineDiff } from './commands/diff.js'
import { defineDoctor } from './commands/doctor.js'
import { defineErrors } from './commands/errors.js'
import { defineExplain } from './commands/explain.js'
import { defineExport } from './commands/export.js'
import { defineFire } from './commands/fire.js'
import { defineForward } from './commands/forward.js'
import { defineGaps } from './commands/gaps.js'
import { defineHelp } from './commands/help.js'
import { defineImport } from './commands/import.js'
import { defineLog } from './commands/log.js'
import { defineParked } from './commands/parked.js'
import { definePlay } from './commands/play.js'
import { defineRead } from './commands/read.js'
import { defineRecord } from './commands/record.js'
import { defineRestore } from './commands/restore.js'
import { defineSalt } from './commands/salt.js'
import { defineSctp } from './commands/sctp.js'
import { defineServe } from './commands/serve.js'
import { defineStatus } from './commands/status.js'
import { defineTail } from './commands/tail.js'
import { defineTls } from './commands/tls.js'
import { defineToken } from './commands/token.js'
import { defineTop } from './commands/top.js'
import { defineWait } from './commands/wait.js'
import { defineWho } from './commands/who.js'
import type { Io } from './io.js'

/**
 * The whole command line. The files of the subcommands are light; what they need to do their work
 * (client, hub, formats) is imported when they run.
 */
export function buildProgram(io: Io): Command {
  const program = new Command('tocsin')
  program
    .description('One event bus for infrastructure: durable, ordered, replayable, filterable.')
    .usage('<command> [options]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.out.write(text),
      writeErr: (text) => void io.err.write(text),
      // Shown by main, with its code.
      outputError: () => {},
      getOutHelpWidth: () => io.out.columns ?? 100,
      getOutHasColors: () => io.colors.isColorSupported,
    })
    .addHelpText('after', () => '\nTry `tocsin help filters`, `range`, `formats` and `exit-codes`.')
  program.hook('preAction', async (_, command) => {
    const { enterContext } = await import('./context.js')
    await enterContext(io, command)
  })
  for (const define of inOrder) define(program, io)
  return program
}

const inOrder: readonly ((program: Command, io: Io) => void)[] = [
  defineServe,
  defineToken,
  defineTls,
  defineTail,
  defineRead,
  defineFire,
  defineWait,
  defineForward,
  defineStatus,
  defineWho,
  defineTop,
  defineGaps,
  defineExplain,
  defineSalt,
  defineSctp,
  defineDiff,
  defineLog,
  defineExport,
  defineImport,
  defineRecord,
  definePlay,
  defineBackup,
  defineRestore,
  defineConsumers,
  defineParked,
  defineConfig,
  defineContext,
  defineDoctor,
  defineErrors,
  defineCompletion,
  defineHelp,
]
