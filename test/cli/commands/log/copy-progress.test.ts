import { expect, test } from 'vitest'
import { copyProgress } from '../../../../src/cli/commands/log/copy-progress.js'

const report = { from: 1, to: 1_000_000, events: 10_000, bytes: 2 ** 20, tooLarge: 0, lost: [] }

test('a copy shows how much is stored, how fast, and the time that is left', () => {
  expect(copyProgress(report, 40_000, 2)).toBe(
    '25 %: 10,000 events of up to 40,000, 1.0 MiB, 5,000/s, up to 6.0s left',
  )
})

test('a copy that has ended, or has stored nothing yet, shows no speed', () => {
  expect(copyProgress(report, 40_000)).toBe('25 %: 10,000 events of up to 40,000, 1.0 MiB')
  expect(copyProgress({ ...report, events: 0, bytes: 0 }, 40_000, 5)).toBe(
    '0 %: 0 events of up to 40,000, 0 B',
  )
  expect(copyProgress({ ...report, events: 0, bytes: 0 }, 0)).toBe('100 %: 0 events of up to 0, 0 B')
})
