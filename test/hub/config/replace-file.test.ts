import { chmodSync, existsSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { removeFile, replaceFile } from '../../../src/hub/config/replace-file.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let folder: string
let path: string

beforeEach(() => {
  folder = temporaryFolder('replace')
  path = join(folder, 'tocsin.yaml')
})

it('a new file is private, in folders that are created', async () => {
  path = join(folder, 'a/b/tocsin.yaml')
  await replaceFile(path, 'x')
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['x', 0o600])
})

it('a file that is replaced keeps its mode and owner', async () => {
  writeFileSync(path, 'old')
  chmodSync(path, 0o664)
  const { uid, gid } = statSync(path)
  await replaceFile(path, 'new')
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect(statSync(path)).toMatchObject({ uid, gid })
  expect(statSync(path).mode & 0o777).toBe(0o664)
})

it('a link to the file stays, and what it leads to is replaced', async () => {
  const target = join(folder, 'target.yaml')
  writeFileSync(target, 'old')
  symlinkSync(target, path)
  await replaceFile(path, 'new')
  expect(lstatSync(path).isSymbolicLink()).toBe(true)
  expect(readFileSync(target, 'utf8')).toBe('new')
})

it('what a crash has left beside the file does not matter', async () => {
  writeFileSync(`${path}.new`, 'half')
  await replaceFile(path, 'new')
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect(existsSync(`${path}.new`)).toBe(false)
})

it('a file that cannot be written is named, and stays as it is', async () => {
  writeFileSync(join(folder, 'plain'), 'x')
  await expect(replaceFile(join(folder, 'plain/tocsin.yaml'), 'y')).rejects.toMatchObject({
    code: 'TCN_FILE_UNWRITABLE',
    message: expect.stringContaining('plain/tocsin.yaml'),
  })
})

it('a removed file may have been absent', async () => {
  writeFileSync(path, 'x')
  await removeFile(path)
  await removeFile(path)
  expect(existsSync(path)).toBe(false)
})
