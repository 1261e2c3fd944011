import type { Command } from 'commander'
import { catalogue, type ErrorEntry } from '../../event/error-catalogue.js'
import { TocsinError } from '../../event/errors.js'
import { define } from '../define.js'
import { exitOf } from '../exit-codes.js'
import { groups } from '../groups.js'
import type { Io } from '../io.js'
import { reportFormatOption } from '../options.js'
import { report } from '../report.js'
import { factLines, tableLines } from '../table.js'

interface Row extends ErrorEntry {
  code: string
}

export function defineErrors(program: Command, io: Io): void {
  const command = define(program, 'errors [code]', 'what an error code means and what to do', {
    group: groups.help,
    notes: ['Without a code all of them are listed. No hub is needed.'],
    examples: [
      { command: 'tocsin errors TCN_LOG_FULL', does: 'one error, and what to do' },
      { command: 'tocsin errors', does: 'all of them' },
    ],
  })
  reportFormatOption(command).action((code: string | undefined, options: { format?: string }) =>
    code === undefined ? listAll(io, options.format) : showOne(io, find(code), options.format),
  )
}

function find(code: string): Row {
  const name = code.toUpperCase()
  const entry = (catalogue as Record<string, ErrorEntry>)[name]
  if (entry && Object.hasOwn(catalogue, name)) return { code: name, ...entry }
  const like = Object.keys(catalogue).filter((each) => each.includes(name.replace(/^TCN_/, '')))
  const hint = like.length > 0 ? `; there is ${like.slice(0, 3).join(', ')}` : ''
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
