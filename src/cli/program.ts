import { Command } from 'commander'
import { version } from '../hub/version.js'
import type { Io } from './io.js'
import { addressOptions, handDownAddress } from './options.js'

/**
 * The command line for these words: with the command that they name, or with all of them. The files of the commands
 * are light; what they need to do their work (client, hub, formats) is imported when they run.
 */
export async function buildProgram(io: Io, words: readonly string[] = []): Promise<Command> {
  const program = newProgram(io)
  const defines = await Promise.all(neededFor(words[0]).map((load) => load()))
  for (const define of defines) define(program, io)
  return program
}

function newProgram(io: Io): Command {
  const program = new Command('tocsin')
  program
    .description('One event bus for infrastructure: durable, ordered, replayable, filterable.')
    .usage('<command> [options]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => void io.out.write(text),
      writeErr: (text) => void io.err.write(text),
      // Shown by main, with its code.
      outputError: () => {},
      getOutHelpWidth: () => io.out.columns ?? 100,
      getOutHasColors: () => io.colors.isColorSupported,
    })
    .addHelpText('after', () => '\nTry `tocsin help filters`, `range`, `formats` and `exit-codes`.')
  addressOptions(program)
  program.hook('preAction', async (_, command) => {
    handDownAddress(program, command)
    const { enterContext } = await import('./context.js')
    await enterContext(io, command)
  })
  return program
}

type Define = (program: Command, io: Io) => void

/** In the order of the help. Loading all of them takes longer than many a command runs. */
const commands: Record<string, () => Promise<Define>> = {
  serve: async () => (await import('./commands/serve.js')).defineServe,
  token: async () => (await import('./commands/token.js')).defineToken,
  tls: async () => (await import('./commands/tls.js')).defineTls,
  tail: async () => (await import('./commands/tail.js')).defineTail,
  read: async () => (await import('./commands/read.js')).defineRead,
  fire: async () => (await import('./commands/fire.js')).defineFire,
  wait: async () => (await import('./commands/wait.js')).defineWait,
  forward: async () => (await import('./commands/forward.js')).defineForward,
  status: async () => (await import('./commands/status.js')).defineStatus,
  who: async () => (await import('./commands/who.js')).defineWho,
  top: async () => (await import('./commands/top.js')).defineTop,
  gaps: async () => (await import('./commands/gaps.js')).defineGaps,
  explain: async () => (await import('./commands/explain.js')).defineExplain,
  salt: async () => (await import('./commands/salt.js')).defineSalt,
  sctp: async () => (await import('./commands/sctp.js')).defineSctp,
  diff: async () => (await import('./commands/diff.js')).defineDiff,
  log: async () => (await import('./commands/log.js')).defineLog,
  export: async () => (await import('./commands/export.js')).defineExport,
  import: async () => (await import('./commands/import.js')).defineImport,
  record: async () => (await import('./commands/record.js')).defineRecord,
  play: async () => (await import('./commands/play.js')).definePlay,
  backup: async () => (await import('./commands/backup.js')).defineBackup,
  restore: async () => (await import('./commands/restore.js')).defineRestore,
  consumers: async () => (await import('./commands/consumers.js')).defineConsumers,
  parked: async () => (await import('./commands/parked.js')).defineParked,
  config: async () => (await import('./commands/config.js')).defineConfig,
  context: async () => (await import('./commands/context.js')).defineContext,
  doctor: async () => (await import('./commands/doctor.js')).defineDoctor,
  errors: async () => (await import('./commands/errors.js')).defineErrors,
  completion: async () => (await import('./commands/completion.js')).defineCompletion,
  help: async () => (await import('./commands/help.js')).defineHelp,
}

/** They show or run the others. */
const needAll = new Set(['help', 'completion'])

function neededFor(first: string | undefined): (() => Promise<Define>)[] {
  if (first === '--version' || first === '-V') return []
  const isAlone = first !== undefined && Object.hasOwn(commands, first) && !needAll.has(first)
  return isAlone ? [commands[first]] : Object.values(commands)
}
