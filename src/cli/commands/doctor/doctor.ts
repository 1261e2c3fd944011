import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import {
  type EdgeOptions,
  edgesOption,
  hubOptions,
  jsonOption,
  reportFormatOption,
} from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { DoctorOptions } from './run.js'

export function defineDoctor(program: Command, io: Io): void {
  const command = define(program, 'doctor', 'Check the installation and say what to do', {
    group: groups.settings,
    notes: [
      'Checks the configuration, the running hub and its sources, sockets, ports and certificate, whether the servers that it connects to can be reached, the data folder and how fast its disk flushes, the other hubs and the servers of NATS of a cluster, the clock and the limits of the system. Nothing is changed; a small file is written and deleted to measure the disk. With --edges, edge hubs are checked by what they tell of themselves: parts that are down, parked events, long turns. The exit code is 1 if something is wrong.',
    ],
    examples: [
      { command: 'tocsin doctor', does: 'before the first start, and when something looks wrong' },
      {
        command: 'tocsin doctor --format json | jq \'.findings[] | select(.state != "ok")\'',
        does: 'only the problems, for monitoring',
      },
      {
        command: "tocsin doctor --edges 'web*'",
        does: 'what these edge hubs tell of themselves, through the hub that they are attached to',
      },
    ],
  })
  command
    .addOption(sharedOption('--config', { usual: 'TOCSIN_CONFIG, then the usual places' }))
    .addOption(sharedOption('--data', { usual: 'that of the running hub, then as configured' }))
  edgesOption(command, ['config', 'data'])
  jsonOption(reportFormatOption(command))
  hubOptions(command, { usual: '3s' }).action(async ({ edges, ...options }: DoctorOptions & EdgeOptions) => {
    if (edges !== undefined) {
      const { examineEdges } = await import('./edges.js')
      return examineEdges(io, { ...options, edges })
    }
    const { examine } = await import('./run.js')
    await examine(io, options)
  })
}
