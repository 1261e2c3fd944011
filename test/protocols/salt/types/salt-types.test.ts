import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { jsonView } from '../../../../src/event/json/view.js'
import { eventTypes } from '../../../../src/hub/event-types.js'
import { saltTypes } from '../../../../src/protocols/salt/types/index.js'
import { type DataOf, hubTypes, TypeRegistry } from '../../../../src/types/index.js'
import { samples } from './samples.js'

const registry = new TypeRegistry(hubTypes, ...eventTypes)
const ajv = new Ajv2020({ strict: false })
const STAMP = '2026-11-20T04:42:33.603103'

describe('the type of an event of Salt', () => {
  it.each(samples)('$tag is $type', ({ tag, type }) => {
    expect(registry.typeOf(tag)).toBe(type)
  })

  it.each([
    'my/tag',
    'salt/job/20261120044233603103',
    'salt/run/1/elsewhere',
    '2026112004423360310',
    'pkg.installed',
    'salt',
    'fire_master/x',
    'key/x',
  ])('%s has no type of its own', (tag) => {
    expect(registry.typeOf(tag)).toBe('tocsin.event')
  })

  it('is unchanged when a syndic forwards the event', () => {
    for (const { tag, type } of samples.filter(({ tag }) => tag.startsWith('salt/')))
      expect(registry.typeOf(`syndic/syndic1/${tag}`)).toBe(type)
  })

  it('has a sample for every type', () => {
    const sampled = new Set(samples.map(({ type }) => type))
    expect(saltTypes.map(({ type }) => type).filter((type) => !sampled.has(type))).toEqual([])
  })
})

describe('the schema of a type', () => {
  it.each(samples)('matches $tag, whatever else is in the data', ({ type, data }) => {
    const validate = ajv.compile(registry.get(type)!.schema!)
    const view = jsonView({ ...data, _stamp: STAMP, another: { key: 1 } })
    expect(validate(view), ajv.errorsText(validate.errors)).toBe(true)
  })

  it('of a return matches returns of several functions', () => {
    const validate = ajv.compile(registry.get('salt.job.ret')!.schema!)
    const data = { id: 'web1', jid: '1', fun: ['test.ping', 'cmd.run'], return: {}, _stamp: STAMP }
    expect(validate({ ...data, retcode: { 'cmd.run': 1 }, success: { 'cmd.run': false } })).toBe(true)
    expect(validate({ ...data, retcode: [0, 1], success: [true, false] })).toBe(true)
  })

  it('rejects data of another shape', () => {
    const validate = ajv.compile(registry.get('salt.job.ret')!.schema!)
    expect(validate({ id: 'web1', jid: '1', fun: 'test.ping', return: true, retcode: 'no' })).toBe(false)
  })

  it('names every field by which the type is correlated, and a sample has it', () => {
    for (const { type, correlation = [] } of saltTypes)
      for (const field of correlation) {
        const found = samples.some(
          (sample) => sample.type === type && valueUnder({ data: sample.data }, field) !== undefined,
        )
        expect(found, `${type} ${field}`).toBe(true)
      }
  })

  it('has a summary', () => {
    for (const { type, summary } of saltTypes) expect(summary, type).toMatch(/^[A-Z].*\.$/)
  })
})

it('the data of every type is known to TypeScript programs', () => {
  expectTypeOf<DataOf<'salt.job.ret'>['retcode']>().toEqualTypeOf<
    number | Record<string, number> | number[]
  >()
  expectTypeOf<DataOf<'salt.job.ret'>['id']>().toEqualTypeOf<string>()
  expectTypeOf<DataOf<'salt.job.ret'>['another']>().toEqualTypeOf<unknown>()
  expectTypeOf<DataOf<'salt.presence.change'>['lost']>().toEqualTypeOf<string[]>()
  const declared = ['jobs', 'master-jobs', 'master', 'cloud', 'minion'].flatMap((name) => {
    const text = readFileSync(
      new URL(`../../../../src/protocols/salt/types/${name}.ts`, import.meta.url),
      'utf8',
    )
    return [...text.matchAll(/^ {4}'(salt\.[a-z_.]+)': Salt/gm)].map(([, type]) => type)
  })
  expect(declared.sort()).toEqual(saltTypes.map(({ type }) => type).sort())
})

function valueUnder(value: unknown, path: string): unknown {
  return path.split('.').reduce((at: unknown, key) => (at as Record<string, unknown>)?.[key], value)
}
