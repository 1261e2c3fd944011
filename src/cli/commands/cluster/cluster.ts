import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { type ReportOptions, reportFormatOption, reportOptions } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { InitOptions } from './init.js'

/** `tocsin cluster` */
export function defineCluster(program: Command, io: Io): void {
  const cluster = define(program, 'cluster', 'Prepare, inspect and direct hubs that share a log', {
    group: groups.hub,
    notes: [
      'A hub that is gone is no longer listed after seven seconds, and nothing is left to remove. It is back as soon as it runs.',
    ],
    examples: [
      { command: 'tocsin cluster status', does: 'the hubs, the primary, and the servers of NATS' },
      { command: 'tocsin cluster step-down', does: 'let another hub be the primary' },
      { command: 'tocsin cluster verify', does: 'do all servers of NATS have the same?' },
    ],
  })
  defineInit(cluster, io)
  defineStatus(cluster, io)
  defineNodes(cluster, io)
  defineStepDown(cluster, io)
  defineVerify(cluster, io)
}

function defineInit(cluster: Command, io: Io): void {
  const command = define(cluster, 'init', 'Create and check the streams of a cluster in NATS', {
    changes: ({ dryRun }) => dryRun !== true,
    notes: [
      'It needs no hub, only the configuration of one: `nats` names the servers, the streams and the number of replicas. Hubs create the streams too; this shows first what the servers make of it.',
      'It can be repeated: a stream that exists keeps its events, and gets the configured number of replicas. Everything that was set is read back from the servers. The exit code is 1 if a stream cannot be used.',
    ],
    examples: [
      { command: 'tocsin cluster init --dry-run', does: 'what would be created or changed?' },
      { command: 'tocsin cluster init --config tocsin.yaml', does: 'also after `nats.replicas` was raised' },
    ],
  })
  reportFormatOption(command)
    .addOption(sharedOption('--config'))
    .addOption(sharedOption('--dry-run'))
    .action(async (options: InitOptions) => (await import('./init.js')).initCluster(io, options))
}

function defineStatus(cluster: Command, io: Io): void {
  const command = define(cluster, 'status', 'Show the hubs, the primary, and the servers of NATS', {
    isDefault: true,
    notes: [
      'Any hub may be asked. The exit code is 1 while no hub is the primary, or a server that stores the log is not current: wait for 0 before you restart the next one.',
    ],
    examples: [
      {
        command: 'until tocsin cluster status > /dev/null; do sleep 2; done',
        does: 'wait until everything is whole again',
      },
      {
        command: 'tocsin cluster status --format json | jq .nats.followers',
        does: 'the replicas of the log',
      },
    ],
  })
  reportOptions(command).action(async (options: ReportOptions) =>
    (await import('./show.js')).showCluster(io, options),
  )
}

function defineNodes(cluster: Command, io: Io): void {
  const command = define(cluster, 'nodes', 'List the hubs that are alive', {
    examples: [
      {
        command: 'tocsin cluster nodes --format json | jq -r \'select(.role == "primary") | .name\'',
        does: 'the name of the primary',
      },
    ],
  })
  reportOptions(command).action(async (options: ReportOptions) =>
    (await import('./show.js')).showNodes(io, options),
  )
}

function defineStepDown(cluster: Command, io: Io): void {
  const command = define(cluster, 'step-down', 'Let another hub be the primary', {
    changes: true,
    notes: [
      'Any hub may be asked. It ends when another hub is the primary, after a few seconds in which publishers wait. Nothing is lost or stored twice. Use it before you stop the primary.',
    ],
    examples: [{ command: 'tocsin cluster step-down', does: 'before an upgrade of the primary' }],
  })
  reportOptions(command).action(async (options: ReportOptions) =>
    (await import('./show.js')).stepDown(io, options),
  )
}

function defineVerify(cluster: Command, io: Io): void {
  const command = define(cluster, 'verify', 'Compare what the servers of NATS have', {
    notes: [
      'It reads each stream at every server that stores it, message by message: the log, and the state that the hubs share. A difference counts if it is still there at the third look, some seconds later: servers store one after another. Hubs name what they have delivered and the servers do not have. Nothing is changed, and the hubs work on meanwhile.',
      'The exit code is 1 if anything differs, or if a server or a hub could not be asked. With one server there is nothing to compare.',
    ],
    examples: [
      { command: 'tocsin cluster verify', does: 'after a fault of the network between the servers' },
      {
        command:
          'tocsin cluster verify --format json | jq \'.streams[] | select(.result == "different") | .differences\'',
        does: 'the places that differ, with what each server has there',
      },
    ],
  })
  reportOptions(command).action(async (options: ReportOptions) =>
    (await import('./verify.js')).verifyCluster(io, options),
  )
}
