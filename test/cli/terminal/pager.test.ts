import { describe, expect, it } from 'vitest'
import { colorsFor } from '../../../src/cli/terminal/colors.js'
import { pagerCommand } from '../../../src/cli/terminal/pager.js'

describe('the pager', () => {
  it('is TOCSIN_PAGER, else PAGER, else less where it is installed', () => {
    expect(pagerCommand({ TOCSIN_PAGER: 'most', PAGER: 'more' })).toBe('most')
    expect(pagerCommand({ PAGER: 'more -s' })).toBe('more -s')
    expect(pagerCommand({ PATH: '/nowhere:/nor/here' })).toBeUndefined()
  })

  it('is none if it is cat or empty', () => {
    expect(pagerCommand({ TOCSIN_PAGER: '', PAGER: 'more' })).toBeUndefined()
    expect(pagerCommand({ PAGER: 'cat' })).toBeUndefined()
  })
})

describe('colours', () => {
  const used = (isTTY: boolean, env: NodeJS.ProcessEnv, mode?: 'auto' | 'always' | 'never') =>
    colorsFor({ isTTY }, env, mode).isColorSupported

  it('are for terminals, unless the environment says otherwise', () => {
    expect(used(true, {})).toBe(true)
    expect(used(false, {})).toBe(false)
    expect(used(true, { TERM: 'dumb' })).toBe(false)
    expect(used(false, { FORCE_COLOR: '1' })).toBe(true)
    expect(used(false, { FORCE_COLOR: '0' })).toBe(false)
    expect(used(true, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
  })

  it('are as --color says, whatever the environment says', () => {
    expect(used(false, { NO_COLOR: '1' }, 'always')).toBe(true)
    expect(used(true, { FORCE_COLOR: '1' }, 'never')).toBe(false)
  })
})
