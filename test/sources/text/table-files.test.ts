import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { finished } from '../../../src/incremental/steps.js'
import { readTable } from '../../../src/sources/text/read-table.js'
import { type TableContext, TableFiles } from '../../../src/sources/text/table-files.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const random = { random: (length: number) => new Uint8Array(length) }
const read = (path: string, text: string) => finished(readTable(path, Buffer.from(text), random))

describe('a table', () => {
  it('of CSV has the first column as key, and the other one as value', () => {
    expect(read('/t.csv', '\uFEFFuser,owner\r\nbob,"web, team"\r\n\r\neve,db\nbob,later\n')).toEqual(
      new Map([
        ['bob', 'web, team'],
        ['eve', 'db'],
      ]),
    )
  })

  it('of CSV with several columns has them by name', () => {
    expect(read('/t.tsv', 'host\tteam\tmail\nweb1\tweb\tw@x').get('web1')).toEqual({
      team: 'web',
      mail: 'w@x',
    })
  })

  it('of JSON or YAML is a map', () => {
    expect(read('/t.json', '{"a":"1","b":{"c":[2]}}').get('b')).toEqual({ c: [2] })
    expect(read('/t.yaml', 'a: one\nb: { c: 2 }\n').get('b')).toEqual({ c: 2 })
    expect(read('/t.yml', '7: seven').get('7')).toBe('seven')
  })

  it('of JSON may be long', () => {
    const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`key${i}`, { n: i }]))
    const table = read('/t.json', JSON.stringify(many))
    expect([table.size, table.get('key49999')]).toEqual([50_000, { n: 49_999 }])
  })

  it.each([
    ['/t.csv', '', 'no second column'],
    ['/t.csv', 'a,b\n1,2,3', '3 values instead of 2 in record 2'],
    ['/t.csv', 'a,b\n1,"2', 'cannot be read at character 5'],
    [
      '/t.csv',
      `a,b\n${Array.from({ length: 100_001 }, (_, i) => `${i},x\n`).join('')}`,
      'more than 100000 keys',
    ],
    ['/t.json', '[1]', 'no map'],
    ['/t.json', '{', 'JSON'],
    ['/t.json', `{"a":[${'1,'.repeat(20_000)}1]}`, 'more than 1000 values'],
    ['/t.json', `[${'1,'.repeat(20_000)}1]`, 'no map'],
    ['/t.yaml', 'a: [', 'Flow sequence'],
    ['/t.yaml', `a: ${'x'.repeat(70_000)}`, 'write it as JSON or CSV'],
  ])('%s with %.20j is refused: %s', (path, text, words) => {
    expect(() => read(path, text)).toThrow(words)
  })
})

describe('the files of tables', () => {
  const timers: (() => void)[] = []
  const context: TableContext = {
    runtime: {
      ...random,
      after: (_, run) => {
        timers.push(run)
        return () => void timers.splice(0)
      },
    },
    run: async (steps) => finished(steps),
  }

  it('are read again when they change, and keep what they had if they cannot be', async () => {
    const path = join(temporaryFolder('tables'), 't.csv')
    const files = new TableFiles()
    const table = files.table(path)
    expect(files.table(path)).toBe(table)
    await files.start(context)
    expect(files.fault).toContain('ENOENT')
    expect(timers).toHaveLength(1)

    writeFileSync(path, 'a,b\nbob,web\n')
    await files.start(context)
    expect([table.get('bob'), files.fault, files.sizes]).toEqual(['web', undefined, { [path]: 1 }])

    writeFileSync(path, 'a,b\nbob,other\neve,db\n')
    await files.start(context)
    expect(table.get('bob')).toBe('other')

    writeFileSync(path, 'a,b\nbob,"broken\n')
    await files.start(context)
    expect([table.get('bob'), files.fault]).toEqual(['other', expect.stringContaining('cannot be read')])
    rmSync(path)
    await files.start(context)
    expect([table.get('eve'), files.fault]).toEqual(['db', expect.stringContaining('ENOENT')])

    files.stop()
    expect(timers).toHaveLength(0)
    await files.start(context)
    expect(timers).toHaveLength(0)
  })

  it('are none without lookups', async () => {
    const files = new TableFiles()
    await files.start(context)
    expect([timers.length, files.fault, files.sizes]).toEqual([0, undefined, {}])
  })
})
