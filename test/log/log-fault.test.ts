import { join } from 'node:path'
import { expect, test } from 'vitest'
import { toLogFault, withoutFolder } from '../../src/log/lmdb/log-fault.js'
import { DiskFault } from '../../src/storage/disk-fault.js'

test('the reason of a refusal names the file, but not where the data folder is', () => {
  const data = '/srv/secret/tocsin'
  const fault = new DiskFault('full', `${join(data, 'log', 'meta')}: 0 bytes are free on the disk`)
  const shown = withoutFolder(toLogFault(fault), data)
  expect(shown).toMatchObject({
    code: 'TCN_LOG_FULL',
    message: 'log/meta: 0 bytes are free on the disk',
    cause: fault,
  })
  expect(withoutFolder(shown, data)).toBe(shown)
})
