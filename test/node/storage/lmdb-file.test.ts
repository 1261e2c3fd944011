// Runs on each supported Node.js: LMDB, a native module.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Environment, type Write } from '../../../src/storage/environment.js'
import { faultOfDataFile, LmdbFile } from '../../../src/storage/lmdb-file.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const PAGE = 4096
const tables = ['one', 'two']
const open = (folder: string) => new Environment({ folder, tables, mapSize: 1024 ** 3, deepCheck: true })

/** Returns a generator of whole numbers below `n` (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** Writes, replaces and removes values of all sizes. */
function someWrites(random: (below: number) => number): Write[] {
  return Array.from({ length: 1 + random(40) }, () => {
    const size = [20, 300, 3000, 9000, 30_000][random(5)]
    const value = random(3) === 0 ? undefined : Buffer.alloc(1 + random(size), random(256))
    return { table: tables[random(2)], key: random(400) + 1, value }
  })
}

/** An environment with trees of several levels, large values and free pages. */
async function filled(folder: string, seed = 1, commits = 15): Promise<string> {
  const random = randomFrom(seed)
  const environment = open(folder)
  for (let nth = 0; nth < commits; nth++) await environment.commit(someWrites(random))
  await environment.close()
  return join(folder, 'data.mdb')
}

test('what LMDB has written is sound after every commit, whatever was replaced and removed', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31)
  console.log(`seed ${seed}`)
  const random = randomFrom(seed)
  const folder = temporaryFolder('log')
  let environment = open(folder)
  for (let nth = 0; nth < 60; nth++) {
    await environment.commit(someWrites(random))
    expect(faultOfDataFile(folder, true), `commit ${nth}`).toBeUndefined()
    if (random(10) > 0) continue
    await environment.close()
    environment = open(folder)
  }
  await environment.close()
})

test('each page in use that is zeroed, filled with junk, or taken from elsewhere is found or changes no tree', async () => {
  const folder = temporaryFolder('log')
  const file = await filled(folder, 1, 5)
  const sound = readFileSync(file)
  const random = randomFrom(7)
  let found = 0
  for (let at = 0; at < sound.length; at += PAGE) {
    const junk = Buffer.from(Array.from({ length: PAGE }, () => random(256)))
    const other = sound.subarray(random(sound.length / PAGE) * PAGE).subarray(0, PAGE)
    for (const page of [Buffer.alloc(PAGE), junk, other]) {
      const bytes = Buffer.from(sound)
      page.copy(bytes, at)
      writeFileSync(file, bytes)
      if (faultOfDataFile(folder, true) !== undefined) found++
      else await readAll(folder)
    }
  }
  expect(found).toBeGreaterThan(30)
})

/** Reads everything through LMDB, which ends the process if the file misleads it. */
function readAll(folder: string): Promise<void> {
  const environment = open(folder)
  for (const table of tables) for (const _ of environment.table(table).getRange({}));
  return environment.close()
}

test('a file that was cut is refused before LMDB maps it, with the page and its offset', async () => {
  const folder = temporaryFolder('log')
  const file = await filled(folder)
  const sound = readFileSync(file)
  writeFileSync(file, sound.subarray(0, sound.length >> 1))
  expect(() => open(folder)).toThrow(/data\.mdb: .*page \d+.*the file ends before it/)
  writeFileSync(file, sound.subarray(0, 100))
  expect(() => open(folder)).toThrow('no LMDB file')
})

test('the values of a table can be read without LMDB, apart from those in damaged pages', async () => {
  const folder = temporaryFolder('log')
  const file = await filled(folder, 3)
  const environment = open(folder)
  const wanted = [...environment.table('one').getRange({})].map(({ value }) =>
    Buffer.from(value).toString('hex'),
  )
  await environment.close()
  const read = () => {
    const faults: string[] = []
    const source = new LmdbFile(file)
    const values = [...source.values('one', ({ message }) => faults.push(message))].map((value) =>
      value.read(),
    )
    source.close()
    return { values: values.map((value) => value.toString('hex')), faults }
  }
  expect(read()).toEqual({ values: wanted, faults: [] })
  const bytes = readFileSync(file)
  for (let at = bytes.length - PAGE; at > 2 * PAGE; at -= PAGE) {
    writeFileSync(file, Buffer.from(bytes).fill(0, at, at + PAGE))
    const { values, faults } = read()
    if (faults.length > 0) expect(values.every((value) => wanted.includes(value))).toBe(true)
  }
})
