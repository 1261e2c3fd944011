import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { type ReportOptions, reportOptions } from '../../help/options.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { PATIENT } from '../config/patience.js'

export function defineReload(program: Command, io: Io): void {
  const command = define(program, 'reload', 'Make the running hub reload its event types and configuration', {
    group: groups.hub,
    changes: true,
    notes: [
      'Does the same as SIGHUP. First everything is checked: the configuration, the files in the folder `types.folder`, certificates. If a part of it is invalid, nothing changes. Programs that read notifications of NSO learn of each phase, and that logs are to be reopened.',
    ],
    examples: [
      { command: 'tocsin reload', does: 'after editing tocsin.yaml, or files of event types' },
      { command: 'tocsin reload --format json | jq .types', does: 'which event types are new or changed' },
    ],
  })
  reportOptions(command, PATIENT).action(async (options: ReportOptions) => {
    const [{ askPatiently }, { reloadText }] = await Promise.all([
      import('../config/patience.js'),
      import('../../output/answers.js'),
    ])
    const result = await askPatiently(io, options, 'hub.reload', {})
    await report(io, options.format, [result], () => [reloadText(result)])
  })
}
