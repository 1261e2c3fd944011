import type { ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { Fleet } from '../../../../src/cli/commands/demo/fleet.js'
import { demoTypes } from '../../../../src/cli/commands/demo/types.js'
import { eventTypes } from '../../../../src/hub/event-types.js'
import { displaysOf, TypeRegistry } from '../../../../src/types/index.js'
import { sourceTypes } from '../../../helpers/source-types.js'

const events = (seed: number, hosts: number, count: number) => {
  const fleet = new Fleet(seed, hosts)
  return Array.from({ length: count }, () => fleet.next())
}

describe('the fleet of the demo', () => {
  it('tells the same for the same seed, and something else for another', () => {
    expect(events(7, 50, 2000)).toEqual(events(7, 50, 2000))
    expect(events(7, 50, 100)).not.toEqual(events(8, 50, 100))
  })

  it('has every kind of event, also the bad ones', () => {
    const tags = events(1, 50, 5000).map(({ tag, data }) => `${tag} ${JSON.stringify(data)}`)
    for (const part of [
      /^log\/.*"severity":"critical"/,
      /^deploy\/.*\/failed /,
      /^net\/.*\/down /,
      /^salt\/job\/\d{20}\/ret\/.*"retcode":2/,
      /^sctp\/.*SCTP_COMM_LOST/,
    ])
      expect(
        tags.some((tag) => part.test(tag)),
        String(part),
      ).toBe(true)
  })

  it('has types that say in a line what happened, for every event', () => {
    const types = new TypeRegistry(...eventTypes, demoTypes)
    const displays = displaysOf(types.list())
    const lines = events(1, 50, 3000).map(({ tag, data }) => {
      const type = types.typeOf(tag)
      return { type, text: displays.get(type)?.(data, 200) }
    })
    expect(lines.filter(({ text }) => text === undefined)).toEqual([])
    const of = (type: string) => lines.find((line) => line.type === type)?.text
    expect(of('demo.deploy.started')).toMatch(/^\w+ [\d.]+ goes to \w+\.\w+$/)
    expect(of('demo.deploy.done')).toMatch(/^\w+ [\d.]+ on \w+\.\w+ in [\d.]+[sm]$/)
    expect(of('demo.deploy.failed')).toMatch(/^\w+ [\d.]+: health check: HTTP 503 after 30 s$/)
    expect(of('demo.net.link')).toMatch(/^eth\d is down, change 1 in a row$/)
    expect(of('sctp.assoc_change')).toMatch(/^SCTP_COMM_UP, association \d+, 10 streams out, 10 in$/)
  })

  it('has types of the product with a schema, and of the demo without', () => {
    const types = new TypeRegistry(...eventTypes, demoTypes)
    const names = new Set(events(1, 50, 5000).map(({ tag }) => types.typeOf(tag)))
    const without = [...names].filter((name) => types.get(name)?.schema === undefined)
    expect(without.every((name) => name.startsWith('demo.'))).toBe(true)
  })

  it('has events of every kind of source, each with the data that its type describes', () => {
    const types = new TypeRegistry(...eventTypes, demoTypes)
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    const told = new Map<string, ValidateFunction>()
    for (const { tag, data } of events(1, 50, 5000)) {
      const type = types.typeOf(tag)
      const validate = told.get(type) ?? ajv.compile(types.get(type)?.schema ?? {})
      told.set(type, validate)
      expect(validate(data), `${type}: ${ajv.errorsText(validate.errors)}`).toBe(true)
    }
    for (const list of sourceTypes)
      expect(
        list.some(({ type }) => told.has(type)),
        list.map(({ type }) => type).join(),
      ).toBe(true)
  })

  it('has hosts that describe themselves, which changes no other event', () => {
    const described = new Fleet(3, 20)
    const facts = [...described.descriptions()]
    expect(facts.map(({ tag }) => tag)).toEqual(described.hosts.map((host) => `host/${host}/system/facts`))
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
      new TypeRegistry(...eventTypes).get('host.system')?.schema ?? {},
    )
    for (const { data } of facts) expect(validate(data)).toBe(true)
    expect(described.next()).toEqual(new Fleet(3, 20).next())
  })

  it('has as many hosts as asked for, each with a name of its own', () => {
    expect(new Set(new Fleet(1, 500).hosts).size).toBe(500)
    expect(events(1, 1, 1000)).toHaveLength(1000)
  })
})
