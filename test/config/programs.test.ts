import { expect, it } from 'vitest'
import { programList } from '../../src/config/values/programs.js'

const programs = programList('Programs.')

it.each(['*', [], ['df', '/usr/bin/env']])('a list of programs may be %j', (list) => {
  expect(programs.parse(list)).toEqual(list)
})

it('an asterisk in a list is refused, since no program has this name', () => {
  const [issue] = programs.safeParse(['df', '*']).error!.issues
  expect(JSON.stringify(issue)).toContain("write '*', not a list")
})

it.each([['bin/df'], [''], ['a\nb'], [7]])('%j is no program', (name) => {
  expect(programs.safeParse([name]).success).toBe(false)
})
