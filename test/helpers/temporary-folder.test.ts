import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { removeTemporaryFolders, temporaryFolder } from './temporary-folder.js'

it('temporary folders are named, and removed with all that is in them', () => {
  const folders = [temporaryFolder('one'), temporaryFolder('one')]
  expect(basename(folders[0])).toMatch(/^tocsin-one-\w{6}$/)
  mkdirSync(join(folders[1], 'deep'))
  writeFileSync(join(folders[1], 'deep/file'), '')
  removeTemporaryFolders()
  expect(folders.map((folder) => existsSync(folder))).toEqual([false, false])
})
