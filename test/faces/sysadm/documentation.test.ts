import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jobTypes } from '../../../src/jobs/index.js'
import { type SysadmClass, sysadmClasses } from '../../../src/protocols/sysadm/codec/classes.js'
import { eventTexts } from '../../../src/protocols/sysadm/codec/spelling.js'
import { sysadmTypes } from '../../../src/protocols/sysadm/types/index.js'
import { TypeRegistry } from '../../../src/types/index.js'
import { type SysadmFixture, startSysadm } from './fixture.js'

/** The page of SysAdm about events. */
const page = readFileSync(new URL('../../vectors/sysadm-events.rst', import.meta.url), 'utf8')

/** Stands for one of the placeholders that have no form of their own in the page. */
const values: Readonly<Record<string, string>> = {
  '<none>': 'none',
  '<number>/<category>': '7/Critical',
  '<number/warning level>': '7/Critical',
  '<priority>': '9/Urgent',
  '[snapshot/replication]': 'snapshot',
  'snapshot/replication': 'replication',
  '<command1>': '<command 1>',
  '<command2>': '<command 2>',
  'return_codes/<command1>': 'return_codes/<command 1>',
  '<pending/running/finished>': 'pending',
}

interface Sample {
  namespace: string
  name: string
  id: string
  args: Record<string, unknown>
}

/** The samples as they are written. */
const texts = page.split('.. code-block:: json').slice(1).map(firstObject)
const samples = texts.map(readSample)
const requests = texts.filter((_, index) => samples[index].name === 'subscribe')
const events = samples.filter(({ name }) => name !== 'subscribe')
const pending = events.find(({ name, args }) => name === 'dispatcher' && args.state === 'pending')!

/** The text from the first brace to the one that closes it. */
function firstObject(text: string): string {
  const start = text.indexOf('{')
  let depth = 0
  for (let at = start; at < text.length; at++) {
    if (text[at] === '{') depth++
    if (text[at] === '}' && --depth === 0) return text.slice(start, at + 1)
  }
  throw new Error('a sample of the page has no end')
}

/** One sample lacks the comma behind its id. */
function readSample(text: string): Sample {
  const repaired = text.replace(/("id" : "<none>")\n/, '$1,\n')
  return JSON.parse(repaired, (_key, value) => named(value)) as Sample
}

function named(value: unknown): unknown {
  if (typeof value === 'string') return values[value] ?? value
  if (!isFields(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [values[key] ?? key, each]))
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What the hub publishes for a sample: genuine priorities, and its keys in another order. */
function published(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^(\d)\/(\w+)$/, '$1 - $2')
  if (!isFields(value)) return value
  const entries = Object.entries(value).map(([key, each]) => [key, published(each)])
  return Object.fromEntries(entries.reverse())
}

/** The wrapped sample refers to the others for the details of the job. */
function wholeOf(sample: Sample): Sample {
  if (typeof sample.args.process_details !== 'string') return sample
  return { ...sample, args: { ...sample.args, process_details: pending.args } }
}

const classOf = ({ name }: Sample) => name.replace('_', '-') as SysadmClass
const tagOf = (sample: Sample) => {
  const tags = sysadmClasses[classOf(sample)]
  return tags.endsWith('/') ? `${tags}x` : tags
}

it('the page has the samples that these tests are about', () => {
  expect(requests).toHaveLength(4)
  expect(events.map(({ name, args }) => `${name} ${args.event_system ?? args.state ?? ''}`.trim())).toEqual([
    'life_preserver',
    'dispatcher pending',
    'dispatcher running',
    'dispatcher finished',
    'dispatcher <namespace>/<name>',
    'life_preserver',
    'system_state',
    'bridge',
  ])
})

describe.each(['documented', 'genuine'] as const)('with the %s spelling, the page', (spelling) => {
  let fixture: SysadmFixture
  beforeAll(async () => {
    fixture = await startSysadm({ sysadm: { spelling } })
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  it.each(requests)('has the request %s, which is answered', async (text) => {
    const client = await fixture.login()
    const last = (JSON.parse(text) as { args: string[] }).args.at(-1)
    const reply = (name: string) =>
      `{"args":{"${name}":"${last}"},"id":"sampleID","name":"response","namespace":"events"}`
    expect(await client.ask(text)).toBe(reply('subscribe'))
    expect(await client.ask(text.replace('"subscribe"', '"unsubscribe"'))).toBe(reply('unsubscribe'))
  })
})

describe('with the documented spelling', () => {
  let fixture: SysadmFixture
  beforeAll(async () => {
    fixture = await startSysadm({ sysadm: { spelling: 'documented' } })
  })
  afterAll(() => fixture[Symbol.asyncDispose]())

  it.each(events.filter(({ name }) => name !== 'bridge'))(
    'clients receive the sample of $name $args.state byte for byte',
    async (given) => {
      const sample = wholeOf(given)
      const client = await fixture.login()
      const asked = { namespace: 'events', name: 'subscribe', id: 's', args: [classOf(sample)] }
      const last = ['life-preserver', 'system-state']
      client.send(JSON.stringify(asked))
      for (let text = await client.next(); !text.includes('"id":"s"'); text = await client.next())
        expect(last).toContain(classOf(JSON.parse(text)))
      fixture.publish(tagOf(sample), published(sample.args))
      expect(await client.next()).toBe(JSON.stringify(sample))
    },
  )

  it('events of a bridge are the sample byte for byte', () => {
    const sample = events.find(({ name }) => name === 'bridge')!
    const { id, namespace, name, args } = sample
    expect(eventTexts('documented', 'bridge', published(args))).toEqual([
      JSON.stringify({ id, namespace, name, args }),
    ])
  })
})

/** Where page and programs differ, clients receive what the programs send. */
describe('with the genuine spelling', () => {
  const job = '"cmd_list":["<command 1>","<command 2>"]'
  const event = (name: string, args: string) =>
    `{"args":${args},"id":"","name":"${name}","namespace":"events"}`

  it.each([
    [0, [event('life-preserver', '{"class":"snapshot","message":"<message>","priority":"7 - Critical"}')]],
    [1, []],
    [2, []],
    [
      3,
      [
        event(
          'dispatcher',
          `{${job},"process_id":"<random>","return_codes/<command 1>":"<code 1>",` +
            '"return_codes/<command 2>":"<code 2>","state":"finished","time_finished":"<ISO 8601 time date string>"}',
        ),
      ],
    ],
    [
      4,
      [
        event(
          'dispatcher',
          '{"<field>":"<Other fields depending on class>","event_system":"<namespace>/<name>",' +
            `"process_details":{${job},"process_id":"<random>","state":"pending"},"state":"pending"}`,
        ),
      ],
    ],
    [
      5,
      [
        event(
          'life-preserver',
          '{"class":"replication","message":"<text string>","priority":"7 - Critical"}',
        ),
      ],
    ],
    [
      6,
      [
        event(
          'system-state',
          '{"hostname":"<name>","hostnamechanged":"true","zpools":{"<poolname>":{"alloc":"<13.1G>","altroot":"<->",' +
            '"capacity":"<12%>","dedup":"<1.00x>","expandsz":"<->","frag":"<6%>","free":"<93.9G>","health":"<online>",' +
            '"priority":"9 - Urgent","size":"<107G>"}}}',
        ),
      ],
    ],
    [7, [event('bridge', '{"available_connections":["ID1","ID2","<etc..>"]}')]],
  ])('sample %i of the page is sent as %j', (index, expected) => {
    const sample = wholeOf(events[index])
    expect(eventTexts('genuine', classOf(sample), published(sample.args))).toEqual(expected)
  })
})

describe('the types of the hub', () => {
  const registry = new TypeRegistry([...jobTypes, ...sysadmTypes])
  const schemaOf = (sample: Sample) => {
    const name = registry.typeOf(tagOf(sample))
    return [...jobTypes, ...sysadmTypes].find(({ type }) => type === name)?.schema as Schema
  }

  it.each(events)('describe every field of the sample of $name $args.state', (sample) => {
    expect(missing(schemaOf(sample), wholeOf(sample).args)).toEqual([])
  })

  it('have the three states of a job', () => {
    const { state } = schemaOf(pending).properties!
    expect(state.enum).toEqual(['pending', 'running', 'finished'])
    expect(events.map(({ args }) => args.state)).toEqual(expect.arrayContaining(state.enum!))
  })
})

interface Schema {
  enum?: string[]
  properties?: Record<string, Schema>
  additionalProperties?: Schema
}

/** The keys of an object that the schema does not have; those that name a command, a pool or a class vary. */
function missing({ properties, additionalProperties }: Schema, fields: Record<string, unknown>): string[] {
  return Object.entries(fields).flatMap(([key, value]) => {
    const schema = properties?.[key]
    if (schema === undefined) {
      const isNamed = /^(return_codes\/)?<.*>$/.test(key)
      return isNamed ? (isFields(value) ? missing(additionalProperties ?? {}, value) : []) : [key]
    }
    return isFields(value) && key === 'zpools' ? missing(schema, value) : []
  })
}
