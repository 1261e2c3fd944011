import { Command } from 'commander'
import { version } from '../hub/version.js'
import { colorOption, helpStyle } from './help/define.js'
import { addressOptions, handDownAddress } from './help/options.js'
import { helpWidth } from './help/wrap.js'
import type { Io } from './io.js'

/**
 * The command line for these words: with the command that they name, or with all commands. The definitions of commands
 * are light; what a command needs for its work (client, hub, formats) is imported when it runs.
 */
export async function buildProgram(io: Io, words: readonly string[] = []): Promise<Command> {
  const program = newProgram(io)
  const defines = await Promise.all(neededFor(words[0]).map((load) => load()))
  for (const define of defines) define(program, io)
  colorOption(program)
  return program
}

function newProgram(io: Io): Command {
  const program = new Command('tocsin')
  program
    .description('One event bus for infrastructure: durable, ordered, replayable, filterable.')
    .usage('<command> [options]')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .configureHelp(helpStyle)
    .showSuggestionAfterError(true)
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => void io.out.write(text),
      writeErr: (text) => void io.err.write(text),
      // main prints errors, with their codes.
      outputError: () => {},
      getOutHelpWidth: () => helpWidth(io),
      getOutHasColors: () => io.colors.isColorSupported,
    })
    .addHelpText('after', () => '\nSee also `tocsin help filters`, `positions`, `formats` and `exit-codes`.')
  addressOptions(program)
  program.hook('preAction', async (_, command) => {
    io.useColors(command.opts().color ?? program.opts().color ?? 'auto')
    handDownAddress(program, command)
    const { enterContext } = await import('./hub/context.js')
    await enterContext(io, command)
  })
  return program
}

type Define = (program: Command, io: Io) => void

/** All commands, in the order of the help. Loading all of them takes longer than many a command runs. */
const commands: Record<string, () => Promise<Define>> = {
  serve: async () => (await import('./commands/serve/serve.js')).defineServe,
  token: async () => (await import('./commands/access/token.js')).defineToken,
  tls: async () => (await import('./commands/access/tls.js')).defineTls,
  tail: async () => (await import('./commands/events/tail.js')).defineTail,
  read: async () => (await import('./commands/events/read.js')).defineRead,
  fire: async () => (await import('./commands/events/fire.js')).defineFire,
  wait: async () => (await import('./commands/events/wait.js')).defineWait,
  salt: async () => (await import('./commands/salt/salt.js')).defineSalt,
  forward: async () => (await import('./commands/copy/forward.js')).defineForward,
  export: async () => (await import('./commands/copy/export.js')).defineExport,
  import: async () => (await import('./commands/copy/import.js')).defineImport,
  record: async () => (await import('./commands/copy/record.js')).defineRecord,
  play: async () => (await import('./commands/copy/play.js')).definePlay,
  backup: async () => (await import('./commands/copy/backup.js')).defineBackup,
  restore: async () => (await import('./commands/copy/restore.js')).defineRestore,
  status: async () => (await import('./commands/inspect/status.js')).defineStatus,
  who: async () => (await import('./commands/inspect/who.js')).defineWho,
  top: async () => (await import('./commands/top/top.js')).defineTop,
  stats: async () => (await import('./commands/counts/stats.js')).defineStats,
  histogram: async () => (await import('./commands/counts/histogram.js')).defineHistogram,
  values: async () => (await import('./commands/counts/values.js')).defineValues,
  tags: async () => (await import('./commands/counts/tags.js')).defineTags,
  gaps: async () => (await import('./commands/inspect/gaps.js')).defineGaps,
  explain: async () => (await import('./commands/inspect/explain.js')).defineExplain,
  diff: async () => (await import('./commands/copy/diff.js')).defineDiff,
  log: async () => (await import('./commands/log/log.js')).defineLog,
  sctp: async () => (await import('./commands/sctp/sctp.js')).defineSctp,
  consumers: async () => (await import('./commands/consumers/consumers.js')).defineConsumers,
  parked: async () => (await import('./commands/consumers/parked.js')).defineParked,
  config: async () => (await import('./commands/config/config.js')).defineConfig,
  context: async () => (await import('./commands/context/context.js')).defineContext,
  doctor: async () => (await import('./commands/doctor/doctor.js')).defineDoctor,
  errors: async () => (await import('./commands/inspect/errors.js')).defineErrors,
  completion: async () => (await import('./commands/completion/completion.js')).defineCompletion,
  help: async () => (await import('./commands/help/help.js')).defineHelp,
}

/** Commands that show or run the others. */
const needAll = new Set(['help', 'completion'])

function neededFor(first: string | undefined): (() => Promise<Define>)[] {
  if (first === '--version' || first === '-v') return []
  const isAlone = first !== undefined && Object.hasOwn(commands, first) && !needAll.has(first)
  return isAlone ? [commands[first]] : Object.values(commands)
}
