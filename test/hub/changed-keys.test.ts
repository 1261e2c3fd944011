import { expect, it } from 'vitest'
import { changedKeys } from '../../src/hub/changed-keys.js'

it('names the keys whose values differ, in the order of the file', () => {
  expect(changedKeys({ a: { b: 1, c: 2 }, d: 3 }, { a: { b: 1, c: 4 }, d: 5 })).toEqual(['a.c', 'd'])
  expect(changedKeys({ a: 1 }, { a: 1 })).toEqual([])
})

it('names keys that came and keys that went', () => {
  expect(changedKeys({ log: { a: 1 } }, { log: { b: 1 } })).toEqual(['log.a', 'log.b'])
})

it('takes a principal, a kind of source and a listener as a whole', () => {
  expect(
    changedKeys(
      {
        principals: { a: { see: ['x/'] }, b: '*' },
        listen: { http: 'off' },
        sources: { system: { load: 1 } },
      },
      {
        principals: { a: { see: ['y/'] } },
        listen: { http: { address: { port: 1 } } },
        sources: { system: { load: 2 } },
      },
    ),
  ).toEqual(['principals.a', 'principals.b', 'listen.http', 'sources.system'])
})
