import { mkdirSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { storageChecks } from '../../../../src/cli/commands/doctor/storage-checks.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { look, patientIn } from './patient.js'

it('leaves no file in the data folder, even if it is killed while it measures the disk', async () => {
  const folder = temporaryFolder('doctor')
  const data = join(folder, 'data')
  mkdirSync(data, { mode: 0o700 })
  let done = false
  const measuring = look(storageChecks, 'flush', patientIn(folder, {}, { data })).finally(() => {
    done = true
  })
  await expect
    .poll(() => done || openFiles().some((file) => file.startsWith(data)), { interval: 1 })
    .toBe(true)
  await expect.poll(() => readdirSync(data), { interval: 1 }).toEqual([])
  expect(done).toBe(false)
  await measuring
})

function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return []
    }
  })
}
