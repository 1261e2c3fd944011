import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { displaysOf } from '../../../src/types/display.js'
import { sourceTypes } from '../../helpers/source-types.js'
import { FilesHarness } from './files-harness.js'

let files: FilesHarness
beforeEach(() => {
  files = new FilesHarness()
})
afterEach(() => files.close())

const lines = () => [files.path('*.log')]

it('lines are parsed, and those in another format stay text and are counted', async () => {
  await files.start({ lines: lines(), from: 'start', parse: 'json' })
  files.append('a.log', '{"level":"error","msg":"disk full","disk":"sda"}\nplain\n')
  await files.until(() => files.data.length === 2)
  expect(files.data).toEqual([
    { file: files.path('a.log'), offset: 0, severity: 'err', message: 'disk full', fields: { disk: 'sda' } },
    { file: files.path('a.log'), offset: 49, line: 'plain' },
  ])
  expect(files.runner.status().health?.details).toMatchObject({ unparsed: 1 })
})

it('a stack trace is one event, published when the next record or a pause comes', async () => {
  const multiline = { indented: true, wait: '100ms' } as const
  await files.start({ lines: lines(), from: 'start', multiline })
  files.append('a.log', 'Error: x\n  at a\n  at b\nfine\n')
  await files.until(() => files.data.length === 2)
  expect(files.lines()).toEqual(['Error: x\n  at a\n  at b', 'fine'])
})

it('a record that waits at a stop is published once, with its rest', async () => {
  const multiline = { start: '^\\d', wait: '1m' } as const
  await files.start({ lines: lines(), from: 'start', multiline })
  files.append('a.log', '1 a\nb\n2 c\n')
  await files.until(() => files.data.length === 1)
  await files.stop()
  files.append('a.log', 'd\n3 e\n')
  await files.start({ lines: lines(), from: 'start', multiline })
  await files.until(() => files.data.length === 2)
  expect(files.lines()).toEqual(['1 a\nb', '2 c\nd'])
})

it.each(['host.file.line', 'host.exec.line', 'syslog.message'])(
  '%s shows its severity before its text',
  (type) => {
    const display = displaysOf(sourceTypes.flat()).get(type)
    expect(display?.({ severity: 'err', message: 'disk full' }, 80)).toBe('err disk full')
  },
)

it('the first line of a file names the columns of all others, also after a restart', async () => {
  const entry = { lines: lines(), from: 'start', parse: { as: 'csv', header: true } } as const
  await files.start(entry)
  files.append('a.log', 'user,status\nbob,200\n')
  await files.until(() => files.data.length === 2)
  await files.stop()
  files.append('a.log', 'eve,"404"\nonly\n')
  await files.start(entry)
  await files.until(() => files.data.length === 4)
  const place = { file: files.path('a.log') }
  expect(files.data).toEqual([
    { ...place, offset: 0, line: 'user,status' },
    { ...place, offset: 12, fields: { user: 'bob', status: '200' } },
    { ...place, offset: 20, fields: { user: 'eve', status: '404' } },
    { ...place, offset: 30, line: 'only' },
  ])
  expect(files.runner.status().health?.details).toMatchObject({ unparsed: 1 })
})

it('the data of lines is transformed, also of those that were not understood', async () => {
  const table = files.path('users.csv')
  writeFileSync(table, 'user,team\nbob,web\n')
  await files.start({
    lines: lines(),
    from: 'start',
    parse: ['json'],
    transform: [
      { rename: { 'data.fields.usr': 'data.fields.user' } },
      { lookup: { field: 'data.fields.user', file: table, into: 'data.fields.team' } },
      { mask: { field: ['data.message', 'data.line'], pattern: 'pw=\\S+', with: 'pw=***' } },
      { drop: ['data.fields.debug'] },
    ],
  })
  files.append('a.log', '{"usr":"bob","debug":1,"msg":"pw=x"}\nplain pw=y\n')
  await files.until(() => files.data.length === 2)
  expect(files.data).toMatchObject([
    { message: 'pw=***', fields: { user: 'bob', team: 'web' } },
    { line: 'plain pw=***' },
  ])
  expect(files.data[0].fields).not.toHaveProperty('debug')
  expect(files.runner.status().health).toMatchObject({ state: 'up', details: { tables: { [table]: 1 } } })
})

it('a table that cannot be read is a reason why the source is degraded, and lines go on', async () => {
  const file = files.path('missing.csv')
  const lookup = { field: 'data.line', file, into: 'data.fields.x' }
  await files.start({ lines: lines(), from: 'start', transform: [{ lookup }] })
  files.append('a.log', 'one\n')
  await files.until(() => files.data.length === 1)
  const { state, reason } = files.runner.status().health ?? {}
  expect([state, reason]).toEqual(['degraded', expect.stringContaining(`the table ${file} cannot be read`)])
})
