import type { Command } from 'commander'
import { catalogue, type ErrorEntry } from '../../../errors/catalogue.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { define, groups } from '../../help/define.js'
import { exitOf } from '../../help/exit-codes.js'
import { reportFormatOption } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import { usePager } from '../../terminal/pager.js'
import { factLines, tableLines } from '../../terminal/table.js'

interface ErrorsOptions {
  format?: string
  pager: boolean
}

interface Row extends ErrorEntry {
  code: string
}

export function defineErrors(program: Command, io: Io): void {
  const command = define(program, 'errors [code]', 'Explain error codes and what to do about them', {
    group: groups.help,
    notes: ['Lists all codes if none is given. No hub is needed.'],
    examples: [
      { command: 'tocsin errors TCN_LOG_FULL', does: 'one error, with its remedy and exit code' },
      { command: 'tocsin errors', does: 'every error code' },
    ],
  })
  command.addOption(sharedOption('--no-pager'))
  reportFormatOption(command).action(async (code: string | undefined, options: ErrorsOptions) => {
    usePager(io, options.pager && options.format === 'line')
    // Their definitions add errors of their own.
    await import('../../../faces/index.js')
    await (code === undefined ? listAll(io, options.format) : showOne(io, find(code), options.format))
  })
}

function find(code: string): Row {
  const name = code.toUpperCase()
  const entry = (catalogue as Record<string, ErrorEntry>)[name]
  if (entry && Object.hasOwn(catalogue, name)) return { code: name, ...entry }
  const like = Object.keys(catalogue).filter((each) => each.includes(name.replace(/^TCN_/, '')))
  const hint = like.length > 0 ? `; similar codes: ${like.slice(0, 3).join(', ')}` : ''
  throw new TocsinError('TCN_USAGE', `no error code ${JSON.stringify(code.slice(0, 80))}${hint}`)
}

function showOne(io: Io, row: Row, format: string | undefined): Promise<void> {
  return report(io, format, [row], () =>
    factLines([
      ['code', row.code],
      ['what happened', row.summary],
      ['what to do', row.remedy],
      ['exit code', String(exitOf(row.code as keyof typeof catalogue))],
    ]),
  )
}

function listAll(io: Io, format: string | undefined): Promise<void> {
  const rows = Object.entries(catalogue).map(([code, entry]) => ({ code, ...entry }))
  const columns = [
    { title: 'CODE', text: (row: Row) => row.code },
    { title: 'WHAT HAPPENED', text: (row: Row) => row.summary, flexible: true },
  ]
  return report(io, format, rows, () => tableLines(columns, rows, io.out.columns))
}
