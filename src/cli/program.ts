import { Command } from 'commander'
import { version } from '../hub/version.js'
import { defineTls } from './commands/access/tls.js'
import { defineToken } from './commands/access/token.js'
import { defineBench } from './commands/bench/bench.js'
import { defineBridge } from './commands/bridge/bridge.js'
import { defineCluster } from './commands/cluster/cluster.js'
import { defineCompletion } from './commands/completion/completion.js'
import { defineConfig } from './commands/config/config.js'
import { defineConsumers } from './commands/consumers/consumers.js'
import { defineParked } from './commands/consumers/parked.js'
import { defineContext } from './commands/context/context.js'
import { defineBackup } from './commands/copy/backup.js'
import { defineDiff } from './commands/copy/diff.js'
import { defineExport } from './commands/copy/export.js'
import { defineForward } from './commands/copy/forward.js'
import { defineImport } from './commands/copy/import.js'
import { definePlay } from './commands/copy/play.js'
import { defineRecord } from './commands/copy/record.js'
import { defineRestore } from './commands/copy/restore.js'
import { defineHistogram } from './commands/counts/histogram.js'
import { defineStats } from './commands/counts/stats.js'
import { defineTags } from './commands/counts/tags.js'
import { defineValues } from './commands/counts/values.js'
import { defineDemo } from './commands/demo/demo.js'
import { defineDevice } from './commands/devices/device.js'
import { defineDevices } from './commands/devices/devices.js'
import { defineDoctor } from './commands/doctor/doctor.js'
import { defineEdges } from './commands/edges/edges.js'
import { defineFire } from './commands/events/fire.js'
import { defineRead } from './commands/events/read.js'
import { defineTail } from './commands/events/tail.js'
import { defineWait } from './commands/events/wait.js'
import { defineHelp } from './commands/help/help.js'
import { defineHosts } from './commands/hosts/hosts.js'
import { defineErrors } from './commands/inspect/errors.js'
import { defineExplain } from './commands/inspect/explain.js'
import { defineGaps } from './commands/inspect/gaps.js'
import { defineStatus } from './commands/inspect/status.js'
import { defineWho } from './commands/inspect/who.js'
import { defineInstall, defineUninstall } from './commands/install/install.js'
import { defineJob } from './commands/job/job.js'
import { defineLog } from './commands/log/log.js'
import { defineNcs } from './commands/ncs/ncs.js'
import { defineNetconf } from './commands/netconf/netconf.js'
import { defineParse } from './commands/parse/parse.js'
import { defineReload } from './commands/reload/reload.js'
import { defineAlerts } from './commands/rules/alerts.js'
import { defineRules } from './commands/rules/rules.js'
import { defineSalt } from './commands/salt/salt.js'
import { defineSctp } from './commands/sctp/sctp.js'
import { defineServe } from './commands/serve/serve.js'
import { defineSinks } from './commands/sinks/sinks.js'
import { defineSysadm } from './commands/sysadm/sysadm.js'
import { defineTop } from './commands/top/top.js'
import { colorOption, findCommand, helpStyle } from './help/define.js'
import { addressOptions, checkOrder, handDownAddress } from './help/options.js'
import { helpWidth } from './help/wrap.js'
import type { Io } from './io.js'

/**
 * The command line for these words: with the command that they name, or with all commands. The definitions of commands
 * are light; what a command needs for its work (client, hub, formats) is imported when it runs.
 */
export function buildProgram(io: Io, words: readonly string[] = []): Command {
  const program = newProgram(io)
  for (const define of neededFor(words[0])) define(program, io)
  colorOption(program)
  return program
}

/** Runs the command that the words name. */
export async function runProgram(program: Command, words: readonly string[]): Promise<void> {
  const [first = '-'] = words
  const isUnknown = !first.startsWith('-') && findCommand(program, first) === undefined
  // With --help, Commander would show the help of all commands instead of the error, and succeed.
  const given = isUnknown ? words.filter((word) => word !== '--help' && word !== '-h') : words
  await program.parseAsync(given, { from: 'user' })
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
    .addHelpText(
      'after',
      () =>
        '\nSee also `tocsin help filters`, `sql`, `positions`, `formats`, `sources`, `parsing`, `rules` and `tokens`.',
    )
  addressOptions(program)
  program.hook('preAction', async (_, command) => {
    io.useColors(command.opts().color ?? program.opts().color ?? 'auto')
    handDownAddress(program, command)
    checkOrder(command.opts())
    const { enterContext } = await import('./hub/context.js')
    await enterContext(io, command)
  })
  return program
}

type Define = (program: Command, io: Io) => void

/** All commands, in the order of the help. Defining all of them takes longer than many a command runs. */
const commands: Record<string, Define> = {
  serve: defineServe,
  reload: defineReload,
  demo: defineDemo,
  bridge: defineBridge,
  install: defineInstall,
  uninstall: defineUninstall,
  cluster: defineCluster,
  token: defineToken,
  tls: defineTls,
  tail: defineTail,
  read: defineRead,
  fire: defineFire,
  wait: defineWait,
  salt: defineSalt,
  forward: defineForward,
  export: defineExport,
  import: defineImport,
  record: defineRecord,
  play: definePlay,
  backup: defineBackup,
  restore: defineRestore,
  status: defineStatus,
  who: defineWho,
  top: defineTop,
  stats: defineStats,
  histogram: defineHistogram,
  values: defineValues,
  tags: defineTags,
  gaps: defineGaps,
  explain: defineExplain,
  diff: defineDiff,
  bench: defineBench,
  job: defineJob,
  log: defineLog,
  sctp: defineSctp,
  sysadm: defineSysadm,
  devices: defineDevices,
  device: defineDevice,
  netconf: defineNetconf,
  ncs: defineNcs,
  consumers: defineConsumers,
  parked: defineParked,
  sinks: defineSinks,
  rules: defineRules,
  alerts: defineAlerts,
  hosts: defineHosts,
  edges: defineEdges,
  config: defineConfig,
  parse: defineParse,
  context: defineContext,
  doctor: defineDoctor,
  errors: defineErrors,
  completion: defineCompletion,
  help: defineHelp,
}

/** Commands that show or run the others. */
const needAll = new Set(['help', 'completion'])

function neededFor(first: string | undefined): Define[] {
  if (first === '--version' || first === '-v') return []
  const isAlone = first !== undefined && Object.hasOwn(commands, first) && !needAll.has(first)
  return isAlone ? [commands[first]] : Object.values(commands)
}
