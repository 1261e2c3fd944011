import type { Command } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { type HubOptions, hubOptions, reportFormatOption } from '../options.js'

export interface DoctorOptions extends HubOptions {
  config?: string
  data?: string
  format?: string
  json?: boolean
}

export function defineDoctor(program: Command, io: Io): void {
  const command = define(program, 'doctor', 'is everything in order, and what to do next', {
    group: groups.settings,
    notes: [
      'Configuration, the running hub and its sources, sockets, ports and certificate, data folder and disk with its measured rate of flushes, clock and limits of the system. Nothing is changed; a small file is written and removed to measure the disk. Exit code 1 when something is wrong.',
    ],
    examples: [
      { command: 'tocsin doctor', does: 'before the first start, and when something is odd' },
      {
        command: 'tocsin doctor --json | jq \'.findings[] | select(.state != "ok")\'',
        does: 'for monitoring',
      },
    ],
  })
  command
    .option('--config <file>', 'configuration (default: TOCSIN_CONFIG, then the usual places)')
    .option('--data <folder>', 'data folder (default: that of the running hub, then as configured)')
  reportFormatOption(command).option('--json', 'the same as --format json')
  hubOptions(command, 'how long to wait for the hub (default: 3s)').action(async (options: DoctorOptions) => {
    const { examine } = await import('../doctor/run.js')
    await examine(io, options)
  })
}
