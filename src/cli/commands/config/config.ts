import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { jsonOption, type ReportOptions, reportFormatOption, reportOptions } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { defineCommitting } from './committing.js'
import { defineEditing } from './editing.js'
import type { ConfigOptions, ShowOptions } from './report.js'

export function defineConfig(program: Command, io: Io): void {
  const config = define(program, 'config', 'Check, show, edit and commit the configuration', {
    group: groups.settings,
    examples: [
      { command: 'tocsin config check tocsin.yaml', does: 'all problems of a file, with their lines' },
      {
        command: 'tocsin config show --changed',
        does: 'what differs from the defaults, and where it is set',
      },
      {
        command: 'tocsin config set log.retention.age=30d && tocsin config commit',
        does: 'change the configuration of a hub that runs',
      },
    ],
  })
  defineCheck(config, io)
  defineShow(config, io)
  defineSchema(config, io)
  defineReload(config, io)
  defineEditing(config, io)
  defineCommitting(config, io)
}

function defineReload(parent: Command, io: Io): void {
  const command = define(parent, 'reload', 'Make the running hub reload its configuration', {
    changes: true,
    notes: [
      'SIGHUP and `tocsin reload` do this too, and load event types again. Settings that can change at run time take effect at once; those that need a restart are listed. An invalid file changes nothing.',
    ],
    examples: [{ command: 'tocsin config reload', does: 'after editing the file' }],
  })
  reportOptions(command).action(async (options: ReportOptions) => {
    const [{ askPatiently }, { reloadText }] = await Promise.all([
      import('./patience.js'),
      import('../../output/answers.js'),
    ])
    const result = await askPatiently(io, options, 'config.reload', {})
    await report(io, options.format, [result], () => [reloadText(result)])
  })
}

function defineCheck(parent: Command, io: Io): void {
  const command = define(parent, 'check [file]', 'Check a configuration file', {
    notes: [
      'Without a file, the one that a hub would read is checked. All problems are reported together; the exit code is 2 if there are any. Only the file itself is checked: use tocsin doctor to check what it refers to.',
    ],
    examples: [
      { command: 'tocsin config check', does: 'the file that a hub would read if started here' },
      {
        command: 'tocsin config check tocsin.yaml --format json | jq .problems',
        does: 'the problems as JSON, for a script',
      },
    ],
  })
  formats(command).action(async (file: string | undefined, options: ConfigOptions) => {
    const { checkFile } = await import('./report.js')
    await checkFile(io, file, withFormat(options))
  })
}

function defineShow(parent: Command, io: Io): void {
  const command = define(parent, 'show', 'Show every value in force and where it comes from', {
    isDefault: true,
    notes: [
      'Secrets are masked. The values are read from the file now; a running hub may have read it before it was changed.',
    ],
    examples: [
      { command: 'tocsin config show', does: 'all values' },
      { command: 'tocsin config show --changed', does: 'only your own settings' },
      { command: 'tocsin config show --defaults', does: 'the values without any configuration' },
    ],
  })
  command
    .addOption(sharedOption('--config', { usual: 'TOCSIN_CONFIG, then the usual places' }))
    .option('--changed', 'show only what differs from the defaults')
    .option('--defaults', 'show the defaults, whatever a file sets')
  formats(command).action(async (options: ShowOptions) => {
    const { showValues } = await import('./report.js')
    await showValues(io, withFormat(options))
  })
}

function defineSchema(parent: Command, io: Io): void {
  define(parent, 'schema', 'Print the JSON Schema (2020-12) of tocsin.yaml, for editors', {
    examples: [
      {
        command: 'tocsin config schema > tocsin.schema.json',
        does: 'then let tocsin.yaml begin with: # yaml-language-server: $schema=tocsin.schema.json',
      },
    ],
  }).action(async () => {
    const { configurationSchema } = await import('../../../hub/config/index.js')
    io.out.write(configurationSchema())
    await io.out.room()
  })
}

function formats(command: Command): Command {
  return jsonOption(reportFormatOption(command))
}

function withFormat<Options extends ConfigOptions>(options: Options): Options {
  return options.json ? { ...options, format: 'json' } : options
}
