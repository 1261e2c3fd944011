import { expect, it } from 'vitest'
import { namesOf } from '../../src/hosts/host-name.js'

it('is what was heard, unless the configuration joins names', () => {
  expect(namesOf({ aliases: {} })('web1.example.org')).toBe('web1.example.org')
})

it('is the name with this alias, and the group of the pattern', () => {
  const nameOf = namesOf({
    aliases: { web1: ['10.0.0.1', 'www'], db: ['db1'] },
    name: '^([^.]+)\\.example\\.org$',
  })
  expect(['10.0.0.1', 'web1.example.org', 'web1', 'www.example.org', 'db1.example.org'].map(nameOf)).toEqual([
    'web1',
    'web1',
    'web1',
    'web1',
    'db',
  ])
  expect(nameOf('web2.example.com')).toBe('web2.example.com')
})

it('is none for what no host can be called', () => {
  const nameOf = namesOf({ aliases: {} })
  expect(['', 'a\nb', '\u0085', 'x'.repeat(254)].map(nameOf)).toEqual(Array(4).fill(undefined))
})
