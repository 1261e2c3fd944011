import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../../src/event/event.js'
import { type SysadmClient, type SysadmFixture, startSysadm } from './fixture.js'
import { publishTo, request, settled } from './subscriber.js'

let fixture: SysadmFixture
beforeAll(async () => {
  fixture = await startSysadm({
    before: ({ bus }) => {
      bus.emit({ tag: 'sysadm/system-state', data: { hostname: 'before', priority: '0 - Information' } })
    },
  })
})
afterAll(() => fixture[Symbol.asyncDispose]())

const bad = (id: string) =>
  `{"args":{"code":"400","message":"Bad Request"},"id":"${id}","name":"error","namespace":"error"}`
const publishAndSee = (seen: SysadmClient, id: string) => publishTo(fixture, seen, id)
const reply = (args: object) =>
  `{"args":${JSON.stringify(args)},"id":"s1","name":"response","namespace":"events"}`

describe('subscribe', () => {
  it.each([
    ['a list', ['dispatcher'], { subscribe: 'dispatcher' }],
    ['text', 'dispatcher', { subscribe: 'dispatcher' }],
    ['unknown classes', ['nonesuch'], {}],
    ['numbers', [1, null], {}],
    ['a name of the prototype', ['constructor', '__proto__'], {}],
    ['an object', { classes: ['dispatcher'] }, { subscribe: 'dispatcher' }],
  ])('with %s is answered', async (_name, args, expected) => {
    const client = await fixture.login()
    expect(await client.ask(request('subscribe', args))).toBe(reply(expected))
  })

  it.each([[[]], [{}], [null], [7], [{ classes: [] }], [{ classes: ['dispatcher'], since: 1 }]])(
    'with %j is refused',
    async (args) => {
      const client = await fixture.login()
      expect(await client.ask(request('subscribe', args))).toBe(bad('s1'))
    },
  )

  it('without arguments is refused, and so are other names', async () => {
    const client = await fixture.login()
    expect(await client.ask('{"namespace":"events","name":"subscribe","id":"1"}')).toBe(bad('1'))
    for (const name of ['renew', 'Subscribe'])
      expect(await client.ask(request(name, 'dispatcher'))).toBe(bad('s1'))
  })

  it('names only the last class that is known, and subscribes to all', async () => {
    const client = await fixture.login()
    client.send(request('subscribe', ['dispatcher', 'life-preserver', 'nonesuch', 'system-state', 'bogus']))
    const texts = await settled(client)
    expect(texts.at(-1)).toBe(reply({ subscribe: 'system-state' }))
    await publishAndSee(client, 'all')
    fixture.publish('sysadm/life-preserver/snapshot', {
      class: 'snapshot',
      message: 'm',
      priority: '1 - Information',
    })
    expect(await client.next()).toBe(
      '{"args":{"class":"snapshot","message":"m","priority":"1 - Information"},"id":"","name":"life-preserver","namespace":"events"}',
    )
  })

  it('with a number as id is answered under its own name', async () => {
    const client = await fixture.login()
    expect(await client.ask('{"id":11,"namespace":"events","name":"subscribe","args":["dispatcher"]}')).toBe(
      '{"args":{"subscribe":"dispatcher"},"id":"","name":"subscribe","namespace":"events"}',
    )
  })

  it('repeats the last state before the answer, every time, also that of before the start', async () => {
    const client = await fixture.login()
    const old = /"hostname":"before"/
    expect(await client.ask(request('subscribe', 'system-state'))).toMatch(old)
    expect(await client.next()).toBe(reply({ subscribe: 'system-state' }))
    expect(await client.ask(request('subscribe', 'system-state'))).toMatch(old)
    expect(await client.next()).toBe(reply({ subscribe: 'system-state' }))
    fixture.publish('sysadm/system-state', { hostname: 'after' })
    const event = '{"args":{"hostname":"after"},"id":"","name":"system-state","namespace":"events"}'
    expect(await client.next()).toBe(event)
    expect(await client.ask(request('subscribe', 'system-state'))).toBe(event)
    expect(await client.next()).toBe(reply({ subscribe: 'system-state' }))
    fixture.publish('sysadm/system-state', { hostname: 'before' })
  })

  it('twice does not double events, and one unsubscribe ends both', async () => {
    const client = await fixture.login()
    const other = await fixture.login()
    await other.ask(request('subscribe', 'dispatcher'))
    await client.ask(request('subscribe', ['dispatcher', 'dispatcher']))
    await client.ask(request('subscribe', 'dispatcher'))
    await publishAndSee(other, 'once')
    expect(await settled(client)).toEqual([
      '{"args":{"process_id":"once","state":"running"},"id":"","name":"dispatcher","namespace":"events"}',
    ])
    expect(await client.ask(request('unsubscribe', 'dispatcher'))).toBe(reply({ unsubscribe: 'dispatcher' }))
    expect(await client.ask(request('unsubscribe', 'life-preserver'))).toBe(
      reply({ unsubscribe: 'life-preserver' }),
    )
    await publishAndSee(other, 'unseen')
    expect(await settled(client)).toEqual([])
  })

  it('delivers events to relayed peers with their id before them', async () => {
    const client = await fixture.connect()
    const auth = JSON.stringify({
      namespace: 'rpc',
      name: 'auth',
      id: 'a',
      args: { username: 'boss', password: 'correct horse' },
    })
    await client.ask(`r1\n${auth}`)
    expect(await client.ask(`r1\n${request('subscribe', 'dispatcher')}`)).toBe(
      `r1\n${reply({ subscribe: 'dispatcher' })}`,
    )
    fixture.publish('sysadm/dispatcher/x', { process_id: 'x', state: 'running' })
    expect(await client.next()).toBe(
      'r1\n{"args":{"process_id":"x","state":"running"},"id":"","name":"dispatcher","namespace":"events"}',
    )
  })
})

describe('the past', () => {
  it('is delivered after a cursor, which events name for those who ask for classes', async () => {
    const client = await fixture.login()
    await client.ask(request('subscribe', { classes: ['dispatcher'] }))
    for (const id of ['p1', 'p2', 'p3'])
      fixture.publish(`sysadm/dispatcher/${id}`, { process_id: id, state: 'running' })
    const first = JSON.parse(await client.next())
    expect(first).toEqual({
      args: { process_id: 'p1', state: 'running' },
      cursor: expect.stringMatching(/^\w+-\d+$/),
      id: '',
      name: 'dispatcher',
      namespace: 'events',
    })
    const late = await fixture.login()
    late.send(request('subscribe', { classes: ['dispatcher'], since: first.cursor }))
    const texts = [await late.next(), await late.next(), await late.next()]
    const ids = texts.map((text) => JSON.parse(text).args.process_id)
    expect(ids.filter((id) => id !== undefined)).toEqual(['p2', 'p3'])
    expect(texts).toContain(reply({ subscribe: 'dispatcher' }))
  })

  it('of another log is reported as a gap', async () => {
    const client = await fixture.login()
    client.send(request('subscribe', { classes: ['dispatcher'], since: 'abcdefghijklm-7' }))
    const texts = [await client.next(), await client.next()].sort()
    expect(texts[0]).toContain('"gap":{"from":0,"to":0,"reason":"unknown-epoch"')
    expect(texts[1]).toBe(reply({ subscribe: 'dispatcher' }))
  })

  it('at a place that is none is refused with the reason', async () => {
    const client = await fixture.login()
    const text = await client.ask(request('subscribe', { classes: ['dispatcher'], since: 'whenever' }))
    expect(JSON.parse(text).args).toMatchObject({ code: '400', why: { code: 'TCN_RANGE_INVALID' } })
  })
})

describe('the class tocsin', () => {
  it('has all events that the principal may see, or those of a filter', async () => {
    const client = await fixture.login()
    await client.ask(request('subscribe', { classes: ['tocsin'], filter: 'demo/*' }))
    fixture.publish('other/x', 1)
    fixture.publish('demo/x', { a: 1 })
    const { name, args } = JSON.parse(await client.next())
    expect(name).toBe('tocsin')
    expect(args as Event).toMatchObject({ subject: 'demo/x', data: { a: 1 }, specversion: '1.0' })
    const limited = await fixture.login('operator')
    await limited.ask(request('subscribe', 'tocsin'))
    fixture.publish('demo/y', 1)
    fixture.publish('sysadm/dispatcher/t', { state: 'running' })
    fixture.publish('sysadm/life-preserver/t', { state: 'running' })
    expect(JSON.parse(await limited.next()).args.subject).toBe('sysadm/life-preserver/t')
  })

  it('with a filter that cannot be read is refused, and the one before stays', async () => {
    const client = await fixture.login()
    await client.ask(request('subscribe', { classes: ['tocsin'], filter: 'demo/*' }))
    const text = await client.ask(request('subscribe', { classes: ['tocsin'], filter: { nonsense: 1 } }))
    expect(JSON.parse(text).args.code).toBe('400')
    fixture.publish('demo/z', 1)
    expect(JSON.parse(await client.next()).args.subject).toBe('demo/z')
  })
})

describe('the documented spelling', () => {
  it('is used for all events where it is configured', async () => {
    await using documented = await startSysadm({ sysadm: { spelling: 'documented' } })
    const client = await documented.login()
    await client.ask(request('subscribe', ['dispatcher', 'life-preserver', 'tocsin']))
    documented.publish('sysadm/life-preserver/snapshot', {
      class: 'snapshot',
      message: 'm',
      priority: '1 - Information',
    })
    const texts = [await client.next(), await client.next()].sort()
    expect(texts[0]).toBe(
      '{"namespace":"events","name":"life_preserver","id":"none","args":{"message":"m","priority":"1/Information","class":"snapshot"}}',
    )
    expect(texts[1]).toMatch(/^\{"namespace":"events","name":"tocsin","id":"none","args":\{"specversion"/)
    documented.publish('sysadm/dispatcher/d', { state: 'pending', cmd_list: ['a'], process_id: 'd' })
    const both = [await client.next(), await client.next()]
    expect(both).toContain(
      '{"namespace":"events","name":"dispatcher","id":"none","args":{"state":"pending","cmd_list":["a"],"process_id":"d"}}',
    )
  })
})
