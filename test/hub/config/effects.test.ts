import { expect, it } from 'vitest'
import { parseKey } from '../../../src/config/commits/key.js'
import { configurationKeys, effectOf } from '../../../src/hub/config/index.js'

it('every key takes effect at once, or after a restart', () => {
  const undecided = configurationKeys()
    .map(({ key }) => key)
    .filter((key) => effectOf(parseKey(key.replaceAll('<name>', 'x').replaceAll('[]', '[0]'))) === undefined)
  expect(undecided).toEqual([])
})

it('a key is as the longest entry that it begins with', () => {
  expect(effectOf(['log', 'retention', 'age'])).toBe('now')
  expect(effectOf(['log', 'ring'])).toBe('restart')
  expect(effectOf(['sources', 'files', 0, 'paths', 1])).toBe('now')
  expect(effectOf(['nothing'])).toBeUndefined()
})
