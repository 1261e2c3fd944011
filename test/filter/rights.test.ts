import { describe, expect, it } from 'vitest'
import { formatFilter, parsePermission } from '../../src/filter/index.js'

describe('the extent of a right', () => {
  it.each<[unknown, unknown]>([
    [undefined, { any: [] }],
    [[], { any: [] }],
    ['*', { all: [] }],
    [['salt/', '*'], { all: [] }],
    ['salt/', { prefix: { tag: 'salt/' } }],
    [['salt/', 'host/'], { any: [{ prefix: { tag: 'host/' } }, { prefix: { tag: 'salt/' } }] }],
    [['salt/', { kind: 4 }], { any: [{ kind: 4 }, { prefix: { tag: 'salt/' } }] }],
    [{ not: { prefix: { tag: 'a' } } }, { not: { prefix: { tag: 'a' } } }],
  ])('%j is %j', (entries, expected) => {
    expect(formatFilter(parsePermission(entries, 'see'))).toEqual(expected)
  })

  it.each<[unknown, string, string]>([
    ['salt', 'TCN_FILTER_SYNTAX', 'see: "salt" is neither * nor a tag prefix that ends in /'],
    [['a/', 'salt/*'], 'TCN_FILTER_SYNTAX', 'see[1]: "salt/*" is neither'],
    ['', 'TCN_FILTER_SYNTAX', 'see: "" is neither'],
    ['/', 'TCN_FILTER_SYNTAX', 'see: "/" is neither'],
    ['!salt/', 'TCN_FILTER_SYNTAX', 'see: "!salt/" is neither'],
    ['salt*/', 'TCN_FILTER_SYNTAX', 'see: "salt*/" is neither'],
    [[{}], 'TCN_FILTER_SYNTAX', 'see[0]: write * to permit everything'],
    [[null], 'TCN_FILTER_SYNTAX', 'see[0]: expected an object, got null'],
    [5, 'TCN_FILTER_SYNTAX', 'see: expected an object'],
    [[{ prefix: { tag: 5 } }], 'TCN_FILTER_SYNTAX', 'see[0].prefix.tag: expected text'],
    [[{ sql: 'x =' }], 'TCN_FILTER_SYNTAX', 'see[0].sql'],
    [Array.from({ length: 257 }, () => 'a/'), 'TCN_FILTER_TOO_COMPLEX', 'see'],
    [`${'a'.repeat(1024)}/`, 'TCN_FILTER_PATTERN_TOO_LONG', 'see'],
  ])('refuses %j', (entries, code, message) => {
    expect(() => parsePermission(entries, 'see')).toThrow(expect.objectContaining({ code }))
    expect(() => parsePermission(entries, 'see')).toThrow(message)
  })
})
