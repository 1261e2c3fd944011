import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { findFiles, linkOwners } from '../../../src/sources/files/find-files.js'
import { ignoreTest } from '../../../src/sources/files/name-pattern.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('find')
})

function make(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), '')
  }
}

interface Options {
  ignore?: string[]
  files?: number
  names?: number
  follows?: (uid: bigint) => boolean
}

async function find(patterns: string[], options: Options = {}) {
  const { ignore = [], files = 100, names = 1_000, follows = linkOwners(false) } = options
  const found = await findFiles(
    patterns.map((pattern) => join(folder, pattern)),
    ignoreTest(ignore),
    { files, names, follows },
  )
  return { ...found, names: found.files.map(({ path }) => path.slice(folder.length + 1)) }
}

it('a path without a pattern finds the file, if it exists', async () => {
  make('a.log')
  expect((await find(['a.log', 'b.log'])).names).toEqual(['a.log'])
})

it('patterns match parts of a name', async () => {
  make('a1.log', 'a2.log', 'b.log', 'x/a1.log', '.a3.log')
  expect((await find(['a?.log'])).names).toEqual(['a1.log', 'a2.log'])
  expect((await find(['[!a]*.log'])).names).toEqual(['b.log'])
  expect((await find(['*/*.log'])).names).toEqual(['x/a1.log'])
  expect((await find(['.*.log'])).names).toEqual(['.a3.log'])
})

it('** matches any number of folders, except hidden ones', async () => {
  make('a.log', 'x/b.log', 'x/y/c.log', '.git/d.log', 'x/e.txt')
  expect((await find(['**/*.log'])).names).toEqual(['a.log', 'x/b.log', 'x/y/c.log'])
  expect((await find(['x/**'])).names).toEqual(['x/b.log', 'x/e.txt', 'x/y/c.log'])
  expect((await find(['**/y/*.log'])).names).toEqual(['x/y/c.log'])
})

it('a file is found once, whichever names and patterns lead to it', async () => {
  make('a.log')
  symlinkSync(join(folder, 'a.log'), join(folder, 'b.log'))
  expect((await find(['*.log', 'a.*', '**/*.log'])).names).toEqual(['a.log'])
})

it('a link to a file is found, but not a broken or circular link', async () => {
  make('x/real')
  symlinkSync(join(folder, 'x/real'), join(folder, 'link.log'))
  symlinkSync(join(folder, 'nowhere'), join(folder, 'broken.log'))
  symlinkSync(join(folder, 'loop.log'), join(folder, 'loop.log'))
  const found = await find(['*.log'])
  expect(found.names).toEqual(['link.log'])
  expect(found.links).toBe(true)
  expect([...found.faults.keys()]).toEqual([join(folder, 'loop.log')])
})

it('a link of another user to a file or a folder is not followed, and named, unless all are', async () => {
  make('real/a.log', 'own/b.log')
  symlinkSync(join(folder, 'real/a.log'), join(folder, 'own/planted.log'))
  symlinkSync(join(folder, 'real'), join(folder, 'planted'))
  for (const pattern of ['own/*.log', 'own/planted.log', 'plant*/*.log', 'planted/a.log']) {
    const { names, faults } = await find([pattern], { follows: () => false })
    expect(names).toEqual(pattern === 'own/*.log' ? ['own/b.log'] : [])
    expect([...faults.values()]).toEqual([expect.stringMatching(/^it is a link of user \d+/)])
  }
  const all = { follows: linkOwners(true) }
  expect((await find(['own/*.log'], all)).names).toEqual(['own/b.log', 'own/planted.log'])
  expect((await find(['planted/*.log'], all)).names).toEqual(['planted/a.log'])
})

it('links of root and of the own user are followed', () => {
  const follows = linkOwners(false, 1000)
  expect([0n, 1000n, 1001n].map(follows)).toEqual([true, true, false])
})

it('a matching name that is not UTF-8 is a fault', async () => {
  writeFileSync(Buffer.concat([Buffer.from(join(folder, 'bad')), Buffer.of(0xff), Buffer.from('.log')]), '')
  make('�.log')
  const { names, faults } = await find(['*.log'])
  expect(names).toEqual(['�.log'])
  expect([...faults]).toEqual([[join(folder, 'bad�.log'), 'a name that is not UTF-8 cannot be read']])
  expect((await find(['*.txt'])).faults.size).toBe(0)
})

it('links to parent folders do not make the search endless', async () => {
  make('x/a.log')
  symlinkSync(folder, join(folder, 'x/up'))
  expect((await find(['**/*.log'])).names).toEqual(['x/a.log'])
})

it('ignored entries are left out, by name or by path', async () => {
  make('a.log', 'b.log', 'x/a.log', 'skip/a.log')
  expect((await find(['**/*.log'], { ignore: ['b.*', '*/skip'] })).names).toEqual(['a.log', 'x/a.log'])
})

it('the returned folders are those in which matching files may appear', async () => {
  make('a/x.log', 'b/y.txt')
  const { folders } = await find(['*/*.log', 'c/d.log'])
  expect([...folders].sort()).toEqual(
    [folder, join(folder, 'a'), join(folder, 'b'), join(folder, 'c')].sort(),
  )
})

it('more files or names than allowed are left out, and this is reported', async () => {
  make(...Array.from({ length: 20 }, (_, i) => `${i}.log`))
  const few = await find(['*.log'], { files: 5 })
  expect(few.names).toHaveLength(5)
  expect(few.tooMany).toBe(true)
  expect((await find(['*.log'], { names: 10 })).tooMany).toBe(true)
  expect((await find(['*.log'])).tooMany).toBe(false)
})
