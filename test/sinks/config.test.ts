import { expect, it } from 'vitest'
import { FilterLimits, parseFilter } from '../../src/filter/index.js'
import { configuredSinks, sinksConfig } from '../../src/sinks/config.js'

const costly = { all: Array.from({ length: 12 }, (_, nth) => ({ contains: { [`data.a${nth}`]: 'x' } })) }
const where = Array.from({ length: 12 }, (_, nth) => `data.b${nth} LIKE '%x%'`).join(' OR ')

/** `any` within `all` within `any` …, as deep as a filter may be. */
function deepest(): object {
  return Array.from({ length: FilterLimits.depth }).reduce<object>(
    (filter, _, nth) => ({ [nth % 2 === 0 ? 'all' : 'any']: [filter, { prefix: { tag: `a${nth}` } }] }),
    { prefix: { tag: 'a' } },
  )
}

function problems(keys: object): string[] {
  const sinks = { small: { type: 'file', path: '/tmp/a' }, big: { type: 'file', path: '/tmp/b', ...keys } }
  const { error, data } = sinksConfig.safeParse(sinks)
  // Nothing that is taken fails later.
  if (data !== undefined) expect(configuredSinks(data)).toHaveLength(2)
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
}

it('a filter or a condition of a sink may cost what a filter may cost', () => {
  expect(problems({ filter: costly })).toEqual([])
  expect(problems({ where })).toEqual([])
})

it('both together may not cost more, and the problem names the sink and the key', () => {
  expect(problems({ filter: costly, where })).toEqual([
    expect.stringMatching(
      /^big\.where: too much with `filter` and what rules hand to the sink: .* it costs \d+, and 600 is the limit$/,
    ),
  ])
})

it('a filter that leaves no room for what rules hand to the sink is a problem of its own', () => {
  expect(() => parseFilter({ ...deepest() })).not.toThrow()
  expect(problems({ filter: deepest() })).toEqual([
    expect.stringMatching(/^big\.filter: too much with what rules hand to the sink: .*16/),
  ])
})
