import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { jsonOption, type ReportOptions, reportOptions } from '../../help/options.js'
import type { Io } from '../../io.js'

interface DevicesOptions extends ReportOptions {
  json?: boolean
}

export function defineDevices(program: Command, io: Io): void {
  const command = define(program, 'devices [name]', 'List network devices, their sessions and gaps', {
    group: groups.inspect,
    notes: [
      'The devices of `sources.netconf` and `sources.restconf`. With a name, all about one of them, with the capabilities in its last hello. `tocsin netconf` asks a device itself.',
    ],
    examples: [
      { command: 'tocsin devices', does: 'which are connected, and which have lost notifications' },
      { command: 'tocsin devices r1', does: 'its stream, its capabilities, and why it is not connected' },
      {
        command: "tocsin devices --json | jq -r 'select(.connected | not) | .name'",
        does: 'those without a session',
      },
    ],
  })
  jsonOption(reportOptions(command)).action(async (name: string | undefined, options: DevicesOptions) => {
    const { showDevices } = await import('./show-devices.js')
    const { json, ...others } = options
    await showDevices(io, name, { ...others, ...(json === true && { format: 'json' }) })
  })
}
