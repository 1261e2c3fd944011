import { statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { Environment } from '../../src/storage/environment.js'
import { makeFolders } from '../../src/storage/folder.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

let folder: string

beforeEach(() => {
  folder = temporaryFolder('folders')
})

test('folders are created with their parents, and left unchanged if they exist', () => {
  const deep = join(folder, 'a/b/c')
  makeFolders(deep, 0o700)
  makeFolders(deep, 0o755)
  expect(statSync(deep).mode & 0o777).toBe(0o700)
  expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700)
  symlinkSync(deep, join(folder, 'link'))
  makeFolders(join(folder, 'link'), 0o700)
})

test('only this user can read the files of an environment', async () => {
  const environment = new Environment({ folder, tables: ['test'], mapSize: 1024 ** 2 })
  await environment.commit([{ table: 'test', key: 'a', value: Buffer.from('x') }])
  await environment.close()
  for (const file of ['data.mdb', 'lock.mdb']) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
})

test('a file in the way is an error', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => makeFolders(file, 0o700)).toThrow('EEXIST')
  expect(() => makeFolders(join(file, 'a'), 0o700)).toThrow('ENOTDIR')
  symlinkSync(join(folder, 'nowhere'), join(folder, 'link'))
  expect(() => makeFolders(join(folder, 'link'), 0o700)).toThrow('EEXIST')
  expect(() => makeFolders(join(folder, 'link/a'), 0o700)).toThrow('EEXIST')
})
