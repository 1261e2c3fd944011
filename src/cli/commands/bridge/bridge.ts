import type { Command } from 'commander'
import { LEVELS } from '../../../hub/own-log/hub-log.js'
import { define, groups } from '../../help/define.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { BridgeCommandOptions } from './run.js'

export function defineBridge(program: Command, io: Io): void {
  define(program, 'bridge', 'Run a bridge between SysAdm servers and clients', {
    group: groups.hub,
    notes: [
      'Servers and clients that cannot reach each other connect to the bridge, and log in with an RSA key. It relays between those that share a key, and nothing else. It needs no hub.',
      'The bridge runs until SIGTERM or Ctrl-C. SIGHUP reads keys and certificate again, and disconnects peers whose key has been removed. It always uses TLS, with a certificate that it makes at the first start unless the configuration names one.',
    ],
    examples: [
      {
        command: 'tocsin bridge --keys /etc/tocsin/bridge-keys',
        does: 'on port 12149, for all peers whose public key is in the folder',
      },
      { command: 'tocsin bridge --config /etc/tocsin/bridge.yaml', does: 'as a service' },
    ],
  })
    .addOption(sharedOption('--config', { note: 'of the bridge, not of a hub; none is needed' }))
    .addOption(
      sharedOption('--data', { note: 'for the certificate', usual: 'bridge/ in the XDG state folder' }),
    )
    .option('--bind <address>', 'address to listen on: host:port (default: 0.0.0.0:12149)')
    .option('--keys <path...>', 'files with public RSA keys (PEM) of peers, or folders of such files')
    .addOption(sharedOption('--log-level', { usual: 'info' }).choices(LEVELS))
    .addOption(sharedOption('--log-format', { usual: 'text' }).choices(['text', 'json']))
    .action(async (options: BridgeCommandOptions) => {
      const { runBridge } = await import('./run.js')
      await runBridge(io, options)
    })
}
