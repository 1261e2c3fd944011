import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FieldLayout } from '../../console/pages/fleet/field-layout.js'
import { groupHosts, groupingsOf } from '../../console/pages/fleet/groups.js'
import { byTrouble, countStates, type FleetHost, globsIn } from '../../console/pages/fleet/hosts.js'
import { hostStates, stateAt } from '../../console/pages/fleet/states.js'

const host = (name: string, more: Partial<FleetHost> = {}): FleetHost => ({
  name,
  state: 'fine',
  trouble: 0,
  heard: 0,
  sources: ['programs'],
  labels: {},
  os: '',
  ...more,
})
const names = (hosts: readonly FleetHost[]) => hosts.map(({ name }) => name)

describe('the field of hosts', () => {
  const pitches = [20, 10, 5]
  const fields = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 }),
    width: fc.integer({ min: 1, max: 2000 }),
    height: fc.integer({ min: 1, max: 1500 }),
  })
  const layoutOf = ({ sizes, width, height }: { sizes: number[]; width: number; height: number }) => {
    const groups = sizes.map((size, group) => ({
      name: `group${group}`,
      hosts: Array.from({ length: size }, (_, nth) => host(`${group}-${nth}`)),
    }))
    return new FieldLayout(groups, { width, height, pitches })
  }

  it('has a place of its own for every host, within its width, where it is found again', () => {
    fc.assert(
      fc.property(fields, (field) => {
        const layout = layoutOf(field)
        const places = new Set<string>()
        for (let index = 0; index < layout.hosts.length; index++) {
          const { x, y } = layout.placeOf(index)
          places.add(`${x} ${y}`)
          expect(layout.at(x + layout.pitch / 2, y + layout.pitch / 2)).toBe(index)
          expect(x + layout.pitch).toBeLessThanOrEqual(Math.max(field.width, layout.pitch))
          expect(y + layout.pitch).toBeLessThanOrEqual(layout.height)
        }
        expect(places.size).toBe(layout.hosts.length)
      }),
      { numRuns: 50 },
    )
  })

  it('takes the largest squares with which all hosts fit, and otherwise the smallest', () => {
    expect(layoutOf({ sizes: [100], width: 200, height: 220 }).pitch).toBe(20)
    expect(layoutOf({ sizes: [100], width: 200, height: 219 }).pitch).toBe(10)
    expect(layoutOf({ sizes: [400, 400], width: 200, height: 10 }).pitch).toBe(5)
  })

  it('leads with up and down through all groups, and never out of the field', () => {
    fc.assert(
      fc.property(fields, (field) => {
        const layout = layoutOf(field)
        let index = 0
        for (let steps = 0; steps <= layout.hosts.length; steps++) {
          const next = layout.beside(index, 1)
          expect(next).toBeGreaterThanOrEqual(index)
          expect(next).toBeLessThan(layout.hosts.length)
          index = next
        }
        expect(layout.blockOf(index)).toBe(layout.blocks.at(-1))
        for (let steps = 0; steps <= layout.hosts.length; steps++) index = layout.beside(index, -1)
        expect(layout.blockOf(index)).toBe(layout.blocks[0])
      }),
      { numRuns: 50 },
    )
  })

  it('is empty without hosts', () => {
    const layout = new FieldLayout([], { width: 100, height: 100, pitches })
    expect(layout.at(5, 5)).toBeUndefined()
    expect(layout.height).toBe(0)
  })
})

describe('groups of hosts', () => {
  const fleet = [
    host('web10.fra', { labels: { site: 'fra' }, sources: ['journal', 'syslog'] }),
    host('web2.fra', { labels: { site: 'fra' } }),
    host('10.0.0.1'),
    host('db1.ams', { labels: { site: 'ams' }, state: 'error' }),
  ]

  it('are by label, by sources or by domain, with hosts in the order of their names', () => {
    expect(groupingsOf(fleet)).toEqual(['', 'label.site', 'source', 'domain'])
    expect(groupingsOf([...fleet, host('x', { os: 'Debian' })])).toContain('os')
    const by = (grouping: Parameters<typeof groupHosts>[1]) =>
      groupHosts(fleet, grouping).map(({ name, hosts }) => [name, ...names(hosts)])
    expect(by('label.site')).toEqual([
      ['ams', 'db1.ams'],
      ['fra', 'web2.fra', 'web10.fra'],
      ['', '10.0.0.1'],
    ])
    expect(by('domain').map(([name]) => name)).toEqual(['ams', 'fra', ''])
    expect(by('source').map(([name]) => name)).toEqual(['journal, syslog', 'programs'])
    expect(by('')).toEqual([['', '10.0.0.1', 'db1.ams', 'web2.fra', 'web10.fra']])
  })

  it('are at most so many: the small ones are one', () => {
    const many = Array.from({ length: 500 }, (_, nth) => host(`h${nth}.d${nth % 100}`))
    const groups = groupHosts([...many, host('a.big'), host('b.big'), ...many.slice(0, 0)], 'domain')
    expect(groups.length).toBeLessThan(70)
    expect(groups.flatMap(({ hosts }) => hosts)).toHaveLength(502)
    expect(groups.at(-1)?.name).toBe('')
  })
})

describe('the list of hosts', () => {
  it('has the worst first, and of those the one with most errors', () => {
    const fleet = hostStates.toReversed().map((state) => host(state, { state }))
    expect(names(byTrouble(fleet))).toEqual(hostStates)
    const failing = [
      host('b', { state: 'error', trouble: 1 }),
      host('a', { state: 'error', trouble: 1 }),
      host('c', { state: 'error', trouble: 9 }),
    ]
    expect(names(byTrouble(failing))).toEqual(['c', 'a', 'b'])
    expect(countStates(fleet).get('silent')).toBe(1)
  })

  it('names each level of the hub', () => {
    const levels = Array.from({ length: 12 }, (_, level) => stateAt(level))
    expect(new Set(levels)).toEqual(new Set(hostStates))
    expect([3, 4, 8, 9, 10, 11].map(stateAt)).toEqual(['error', 'warning', 'fine', 'quiet', 'silent', 'left'])
    expect(stateAt(99)).toBe('quiet')
  })

  it('is searched by words, which may be anywhere in a name, and by globs', () => {
    expect(globsIn(' web  !web7 *.fra db[12] ! ')).toEqual(['*web*', '!*web7*', '*.fra', 'db[12]'])
  })
})
