import { type Command, InvalidArgumentError, Option } from 'commander'
import { define } from '../../help/define.js'
import { hubOptions } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { AttachToNcsOptions } from './attach.js'
import { readMoment, verbosities } from './option-values.js'

export function defineAttach(ncs: Command, io: Io): void {
  const command = define(ncs, 'attach', 'Pass the notifications of a running NSO or ConfD on to a hub', {
    changes: true,
    notes: [
      "It runs on the host of NSO, and reads with the vendor's own Python module. A hub on that host does the same with `sources.ncs`, which also keeps its place in streams and reports what is missing.",
      'Without --mask: all types that keep nobody waiting, except for PROGRESS, COMMIT_PROGRESS and DEVEL. With COMMIT_DIFF, AUDIT_SYNC, AUDIT_NETWORK_SYNC or HA_INFO_SYNC, NSO waits until the subscribers of the hub have answered, for 100 seconds at the longest.',
      'The events of streams have the tag ncs-stream/<name>/<notification>. After a lost connection the command attaches again, and lets NSO send again what was missed of the streams.',
      'It needs the rights publish and produce.',
    ],
    examples: [
      {
        command: 'tocsin ncs attach --modules /opt/ncs/current/src/ncs/pyapi',
        does: 'the NSO of this host, at its usual port',
      },
      {
        command: 'tocsin ncs attach --mask AUDIT,COMMIT_DIFF --url tls://hub1.example:4581',
        does: 'hold each commit until the subscribers of another hub have answered',
      },
      {
        command: 'tocsin ncs attach --stream ncs-alarms --stream NETCONF --start -1h',
        does: 'also two streams, with what NSO has kept of the last hour',
      },
      {
        command: 'tocsin ncs attach --module confd --path /tmp/confd/confd-ipc',
        does: 'a ConfD, at its socket',
      },
    ],
  })
  const collect = (given: string, before: string[] = []) => [...before, given]
  command
    .option('--name <name>', 'name of this NSO, in the tags of streams (default: nso)')
    .addOption(
      sharedOption('--module', { note: '_ncs or _confd in Python' }).choices(['ncs', 'confd']).default('ncs'),
    )
    .option('--python <program>', 'the Python with which the module works (default: python3)')
    .option(
      '--modules <folder>',
      'folder in which Python finds the module; may be given several times',
      collect,
    )
    .addOption(new Option('--path <path>', 'socket of NSO, instead of its port').conflicts('port'))
    .option('--port <n>', 'port of NSO (default: 4569, of ConfD 4565)', readPort)
    .option('--access-file <file>', 'file that NSO wants programs to know')
    .addOption(sharedOption('--mask'))
    .addOption(sharedOption('--verbosity', { note: 'for PROGRESS', usual: 'normal' }).choices(verbosities))
    .addOption(sharedOption('--stream', { note: 'of NSO; may be given several times' }).argParser(collect))
    .addOption(sharedOption('--start').argParser(readMoment))
    .addOption(sharedOption('--source', { note: 'one that you may publish under', usual: 'your own' }))
  hubOptions(command)
  command.action(async (options: AttachToNcsOptions) => {
    const { attachToNcs } = await import('./attach.js')
    await attachToNcs(io, options)
  })
}

function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('It is not a port.')
}
