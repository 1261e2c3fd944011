import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { makeOnce } from './executable.js'
import { temporaryFolder } from './temporary-folder.js'

let home: string
let folder: string
beforeEach(() => {
  home = temporaryFolder('executable')
  folder = join(home, 'shared')
})

function put(target: string, file: string): void {
  mkdirSync(target)
  writeFileSync(join(target, file), '')
}

it('a folder is made once, where a killed run with the same process id has left a part too', async () => {
  put(`${folder}-${process.pid}`, 'left')
  const make = async (target: string) => put(target, 'made')
  await makeOnce(folder, make)
  await makeOnce(folder, () => Promise.reject(new Error('made again')))
  expect([readdirSync(home), readdirSync(folder)]).toEqual([['shared'], ['made']])
})

it('of two that make a folder at once, both have that of the first', async () => {
  await makeOnce(folder, async (target) => {
    put(target, 'second')
    put(folder, 'first')
  })
  expect([readdirSync(home), readdirSync(folder)]).toEqual([['shared'], ['first']])
})

it('a folder that cannot be made is reported, and nothing is left', async () => {
  await expect(makeOnce(folder, () => Promise.reject(new Error('no space')))).rejects.toThrow('no space')
  expect(readdirSync(home)).toEqual([])
})
