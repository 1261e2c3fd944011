import type { Command } from 'commander'
import { define, groups } from '../../help/define.js'
import { jsonOption, reportFormatOption } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import type { ParseOptions } from './parse-options.js'

export function defineParse(program: Command, io: Io): void {
  const command = define(program, 'parse <file>', 'Show what a source would make of the lines of a file', {
    group: groups.settings,
    notes: [
      'Each line is shown with what has read it, and with the tag, the severity, the host and the data of its event; at the end, how many lines each format has understood. No hub is asked, and nothing is published. - is stdin.',
      '--like takes parse, transform, multiline and redact from a source of the configuration; --config alone does so if that has one source of text. --as tries a format without one. With neither, all formats without settings are tried. Lines for a source journal are those of journalctl -o json.',
    ],
    examples: [
      {
        command: 'tocsin parse access.log --as access',
        does: 'which lines are in the format of a web server',
      },
      {
        command: "tocsin parse app.csv --as '{ as: csv, header: true, types: { ms: int } }'",
        does: 'all that parse can say, in YAML',
      },
      {
        command: 'tail -n 1000 /var/log/nginx/access.log | tocsin parse - --like files/nginx',
        does: 'the last lines, with a source of the configuration of this host',
      },
      {
        command: 'tocsin parse app.log --like files/app --config tocsin.yaml --strict',
        does: 'in CI: exit code 6 if a line is not understood',
      },
      {
        command:
          "tocsin read 'host/*/files/app/line' --from -1d --template '{{.data.line}}' | tocsin parse - --as keyvalue",
        does: 'on lines of the past that were not understood',
      },
    ],
  })
  command
    .option('--like <source>', 'read the lines as this source of the configuration does, such as files/nginx')
    .option('--as <format>', 'format, or what parse would say, in YAML')
    .addOption(sharedOption('--config'))
    .addOption(
      sharedOption('--strict', {
        note: 'here, if a line was not understood or a value could not be converted',
      }),
    )
  jsonOption(reportFormatOption(command))
  command.action(async (file: string, options: ParseOptions) => {
    const { parseFile } = await import('./parse-file.js')
    await parseFile(io, file, options)
  })
}
