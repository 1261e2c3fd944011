import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { addressOptions, type HubOptions } from '../../help/options.js'
import type { Io } from '../../io.js'

export function defineNcs(program: Command, io: Io): void {
  const ncs = define(program, 'ncs', 'Work with notifications of NSO and ConfD', {
    group: groups.inspect,
    examples: [
      {
        command: 'tocsin ncs run -- python3 monitor.py',
        does: 'a program for NSO, with this hub in the place of NSO',
      },
    ],
  })
  defineRun(ncs, io)
}

function defineRun(ncs: Command, io: Io): void {
  const command = define(ncs, 'run <command...>', 'Run a Python program for NSO or ConfD against the hub', {
    notes: [
      'The program finds the hub by the usual variables (NCS_IPC_PATH, or NCS_IPC_ADDR and NCS_IPC_PORT), and Python modules in the place of the vendors’ by PYTHONPATH. Its exit code is that of this command, and signals are passed on to it.',
      'Only notifications are provided: `_ncs.events`, `_confd.events`, `sctp`, and what such programs use in addition to them.',
    ],
    examples: [
      { command: 'tocsin ncs run -- python3 monitor.py', does: 'with the hub on this machine' },
      {
        command: 'tocsin ncs run --url tcp://hub1:4581 -- python3 -m my.listener --audit',
        does: 'with another hub; the token is that of TOCSIN_TOKEN or of the context',
      },
    ],
  })
  addressOptions(command)
  command.passThroughOptions()
  command.action(async (words: string[], options: HubOptions) => {
    const { runNcsProgram } = await import('./run.js')
    await runNcsProgram(io, words, options)
  })
}
