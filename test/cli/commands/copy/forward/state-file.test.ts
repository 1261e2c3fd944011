import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { StateFile } from '../../../../../src/cli/commands/copy/forward/state-file.js'
import { temporaryFolder } from '../../../../helpers/temporary-folder.js'

const folder = temporaryFolder('state')
const identity = { to: 'tcp://a', filter: '["x/"]' }

it('a position is kept for the same target and filter only', () => {
  const path = join(folder, 'one')
  const state = new StateFile(path, identity)
  expect(state.cursor).toBeUndefined()
  state.reached('tjl5lqq4qrko5-7')
  expect(new StateFile(path, identity).cursor).toBe('tjl5lqq4qrko5-7')
  state.reached('tjl5lqq4qrko5-8')
  state.save()
  expect(new StateFile(path, identity).cursor).toBe('tjl5lqq4qrko5-8')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readFileSync(path, 'utf8')).toContain('tcp://a')
  const foreign = { ...identity, to: 'tcp://b' }
  expect(() => new StateFile(path, foreign)).toThrow(expect.objectContaining({ code: 'TCN_USAGE' }))
})

it.each(['', 'null', '{}', '{"cursor": 7}', 'rubbish'])('%j is not a state', (text) => {
  const path = join(folder, 'other')
  writeFileSync(path, text)
  expect(() => new StateFile(path, identity)).toThrow(expect.objectContaining({ code: 'TCN_INPUT_INVALID' }))
})
