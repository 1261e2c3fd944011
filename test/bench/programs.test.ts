import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { findProgram, missingPrograms } from '../../bench/harness/programs.js'
import { benchmarks } from '../../bench/rows.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('programs')
})

test('one line names the programs that are missing, and how to get each', () => {
  expect(missingPrograms(['nats-server', 'cc'], [folder])).toBe(
    'nats-server is missing (apt-get install nats-server), cc is missing (apt-get install gcc)',
  )
})

test('nothing is missing that is in one of the folders, or not needed', () => {
  writeFileSync(join(folder, 'nats-server'), '')
  expect(findProgram('nats-server', ['/nowhere', folder])).toBe(join(folder, 'nats-server'))
  expect(missingPrograms(['nats-server'], [folder])).toBeUndefined()
  expect(missingPrograms(undefined, [])).toBeUndefined()
})

test('every row that compares with NATS says that it needs its server', () => {
  const compared = benchmarks.filter(({ rows }) => rows.some(({ what }) => /nats core|JetStream/.test(what)))
  expect(compared.length).toBeGreaterThan(3)
  for (const { needs, rows } of compared) expect(needs, rows[0].name).toContain('nats-server')
})
