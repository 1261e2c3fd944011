import type { Command } from 'commander'
import { define } from '../define.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { type ReportOptions, reportFormatOption, reportOptions } from '../options.js'
import { report } from '../report.js'

export interface ConfigOptions {
  config?: string
  format?: string
  json?: boolean
}
export interface ShowOptions extends ConfigOptions {
  changed?: boolean
  defaults?: boolean
}

export function defineConfig(program: Command, io: Io): void {
  const config = define(program, 'config', 'the configuration: check it, show what is in force', {
    group: groups.settings,
    examples: [
      { command: 'tocsin config check tocsin.yaml', does: 'all that is wrong with a file, line by line' },
      {
        command: 'tocsin config show --changed',
        does: 'what differs from the defaults, and where it is said',
      },
    ],
  })
  defineCheck(config, io)
  defineShow(config, io)
  defineSchema(config, io)
  defineReload(config, io)
}

function defineReload(parent: Command, io: Io): void {
  const command = define(parent, 'reload', 'have the running hub read its configuration again', {
    changes: true,
    notes: [
      'The same as SIGHUP. What can change while it runs is in force at once; what waits for a restart is named. A file that is not sound changes nothing.',
    ],
    examples: [{ command: 'tocsin config reload', does: 'after the file was edited' }],
  })
  reportOptions(command).action(async (options: ReportOptions) => {
    const [{ ask }, { reloadText }] = await Promise.all([import('../hub.js'), import('../reload-text.js')])
    const result = await ask(io, options, 'config.reload', {})
    await report(io, options.format, [result], () => [reloadText(result)])
  })
}

function defineCheck(parent: Command, io: Io): void {
  const command = define(
    parent,
    'check [file]',
    'check a configuration; exit code 2 when something is wrong',
    {
      notes: [
        'Without a file the one that a hub would read is checked. All problems are told at once. It looks at the file only; tocsin doctor looks at what it names.',
      ],
      examples: [
        { command: 'tocsin config check', does: 'the file that a hub started here would read' },
        { command: 'tocsin config check tocsin.yaml --json | jq .problems', does: 'for a script' },
      ],
    },
  )
  formats(command).action(async (file: string | undefined, options: ConfigOptions) => {
    const { checkFile } = await import('../config-report.js')
    await checkFile(io, file, withFormat(options))
  })
}

function defineShow(parent: Command, io: Io): void {
  const command = define(parent, 'show', 'every value in force, and where it comes from', {
    notes: ['Secrets are masked. What a running hub has read is the same until its file is changed.'],
    examples: [
      { command: 'tocsin config show', does: 'all of it' },
      { command: 'tocsin config show --changed', does: 'only what differs from the defaults' },
      { command: 'tocsin config show --defaults', does: 'what would be without a file' },
    ],
  })
  command
    .option('--config <file>', 'configuration (default: TOCSIN_CONFIG, then the usual places)')
    .option('--changed', 'only what differs from the defaults')
    .option('--defaults', 'the defaults, whatever a file says')
  formats(command).action(async (options: ShowOptions) => {
    const { showValues } = await import('../config-report.js')
    await showValues(io, withFormat(options))
  })
}

function defineSchema(parent: Command, io: Io): void {
  define(parent, 'schema', 'print the JSON Schema (2020-12) of tocsin.yaml, for editors', {
    examples: [
      {
        command: 'tocsin config schema > tocsin.schema.json',
        does: 'then begin tocsin.yaml with: # yaml-language-server: $schema=tocsin.schema.json',
      },
    ],
  }).action(async () => {
    const { configurationSchema } = await import('../../hub/config-reference.js')
    io.out.write(configurationSchema())
    await io.out.room()
  })
}

function formats(command: Command): Command {
  return reportFormatOption(command).option('--json', 'the same as --format json')
}

function withFormat<Options extends ConfigOptions>(options: Options): Options {
  return options.json ? { ...options, format: 'json' } : options
}
