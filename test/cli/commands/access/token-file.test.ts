import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { intoFile } from '../../../../src/cli/commands/access/token-file.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

const folder = temporaryFolder('token-file')

describe('the file of a token', () => {
  it('contains the token, and only its owner can read it', async () => {
    const file = join(folder, 'made')
    expect(await intoFile(file, async () => ({ token: 'tcn_x', name: 'me' }))).toMatchObject({ name: 'me' })
    expect(readFileSync(file, 'utf8')).toBe('tcn_x\n')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('is never an existing one, for which no token is made', async () => {
    const file = join(folder, 'known')
    writeFileSync(file, 'mine')
    const make = () => Promise.reject(new Error('was called'))
    await expect(intoFile(file, make)).rejects.toMatchObject({ code: 'TCN_FILE_UNWRITABLE' })
    expect(readFileSync(file, 'utf8')).toBe('mine')
  })

  it('does not stay if no token is made', async () => {
    const file = join(folder, 'refused')
    await expect(intoFile(file, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    expect(existsSync(file)).toBe(false)
  })
})
