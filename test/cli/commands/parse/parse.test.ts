import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

let folder: string
beforeAll(() => {
  folder = temporaryFolder('parse')
})

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function rowsOf(stdout: string): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const log =
  '{"level":"error","msg":"disk full","n":"7"}\n10.0.0.1 - - [21/Nov/2026:02:54:26 +0000] "GET / HTTP/1.1" 404 5\nplain\n'

describe('tocsin parse', () => {
  it('shows what has read each line, and counts', async () => {
    const { code, stdout } = await runCommand(['parse', file('a.log', log)])
    expect(code).toBe(0)
    const tag = `host/${hostname()}/files/file/line`
    expect(stdout.split('\n')).toEqual([
      `1  json  -  err  ${hostname()}  ${tag}  err disk full {n: 7}`,
      expect.stringMatching(/^2 {2}access {2}2026-11-21T02:54:26.000000Z {2}warning .*GET \/ HTTP\/1.1 404/),
      `3  -  -  -  ${hostname()}  ${tag}  plain`,
      '',
      'READ BY         LINES',
      '1 cri               0',
      '2 docker            0',
      '3 json              1',
      '4 cef               0',
      '5 access            1',
      '6 syslog            0',
      '7 logfmt            0',
      '8 keyvalue          0',
      'not understood      1',
      '',
    ])
  })

  it('tells programs the same', async () => {
    const as = '[{ as: json, types: { n: bool } }, access]'
    const { stdout } = await runCommand(['parse', file('a.log', log), '--as', as, '--format', 'json'])
    expect(rowsOf(stdout)).toMatchObject([
      {
        line: 1,
        parser: 1,
        format: 'json',
        severity: 'err',
        unconverted: ['n'],
        data: { message: 'disk full' },
      },
      { line: 2, parser: 2, time: '2026-11-21T02:54:26.000000Z', data: { fields: { status: 404 } } },
      { line: 3, host: hostname(), data: { line: 'plain' } },
      { summary: { lines: 3, notUnderstood: 1, unconverted: { n: 1 } } },
    ])
  })

  it('does what a source of the configuration does, with its tables, joined lines and redaction', async () => {
    const table = file('users.csv', 'user,team\nbob,web\n')
    const parse = { as: 'csv', header: true }
    const transform = [{ lookup: { field: 'data.fields.user', file: table, into: 'data.fields.team' } }]
    const entry = { name: 'app', lines: ['/a.log'], parse, transform, redact: ['data.fields.pw'] }
    const config = file('tocsin.yaml', JSON.stringify({ sources: { files: [entry] } }))
    const path = file('b.csv', 'user,pw,text\nbob,x,"two\n lines"\n')
    writeFileSync(
      config,
      JSON.stringify({ sources: { files: [{ ...entry, multiline: { indented: true } }] } }),
    )
    const { stdout, stderr } = await runCommand(['parse', path, '--config', config, '--format', 'json'])
    expect(stderr).toBe('')
    expect(rowsOf(stdout)).toMatchObject([
      { line: 1, data: { line: 'user,pw,text' } },
      {
        line: 2,
        tag: `host/${hostname()}/files/app/line`,
        data: { file: path, message: 'two\n lines', fields: { user: 'bob', pw: '<redacted>', team: 'web' } },
      },
      { summary: { lines: 2 } },
    ])
  })

  it('reads messages, entries of the journal and output as their sources do', async () => {
    const sources = {
      syslog: [{ name: 'edge', udp: '127.0.0.1:0', zone: 'UTC', parse: [{ as: 'json', program: 'app' }] }],
      journal: [{ name: 'all', parse: 'keyvalue' }],
      exec: [{ name: 'job', command: ['true'], parse: 'json' }],
    }
    const config = file('three.yaml', JSON.stringify({ sources }))
    const run = async (name: string, text: string) => {
      const words = ['parse', file('c.log', text), '--config', config, '--like', name, '--format', 'json']
      return rowsOf((await runCommand(words)).stdout)
    }
    expect(await run('syslog/edge', '<11>Nov 21 02:54:26 fw1 app[7]: {"a":1}\n')).toMatchObject([
      { tag: 'syslog/edge/fw1/app', severity: 'err', host: 'fw1', parser: 1, data: { fields: { a: 1 } } },
      { summary: { notUnderstood: 0 } },
    ])
    const entry = { MESSAGE: 'login user=bob', PRIORITY: '4', _SYSTEMD_UNIT: 'a.service', _HOSTNAME: 'web1' }
    expect(await run('journal/all', `${JSON.stringify(entry)}\nno entry\n`)).toMatchObject([
      { tag: `host/${hostname()}/journal/all/a.service`, severity: 'warning', data: { message: 'login' } },
      { line: 2, fault: expect.any(String) },
      { summary: { noEvent: 1 } },
    ])
    expect(await run('exec/job', '{"a":1}')).toMatchObject([
      { tag: `host/${hostname()}/exec/job/line`, data: { stream: 'stdout', fields: { a: 1 } } },
      { summary: { lines: 1 } },
    ])
  })

  it('reads stdin, and ends with 6 if a line is not understood and that is asked for', async () => {
    const path = file('d.log', 'x\n')
    expect((await runCommand(['parse', path, '--as', 'json', '--strict'])).code).toBe(6)
    expect((await runCommand(['parse', path, '--as', 'json'])).code).toBe(0)
    const good = file('e.log', '{"a":1}\n')
    expect((await runCommand(['parse', good, '--as', 'json', '--strict'])).code).toBe(0)
  })

  it('says why it cannot', async () => {
    const config = file(
      'none.yaml',
      JSON.stringify({ sources: { exec: [{ name: 'a', command: ['true'] }] } }),
    )
    const path = file('d.log', 'x\n')
    const run = (...words: string[]) => runCommand(['parse', path, ...words])
    expect(await run('--as', 'jsn')).toMatchObject({ code: 2, stderr: expect.stringContaining('--as:1') })
    expect(await run('--as', '{ as: csv }')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('columns'),
    })
    expect(await run('--as', 'json', '--like', 'a/b')).toMatchObject({ code: 2 })
    const unknown = await run('--config', config, '--like', 'files/a')
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('it has exec/a') })
    const missing = await runCommand(['parse', join(folder, 'missing')])
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('ENOENT') })
  })
})
