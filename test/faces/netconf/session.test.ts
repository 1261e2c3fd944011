import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { formatTime } from '../../../src/event/position.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { abilitiesOf, streamsOf } from '../../../src/protocols/netconf/client/abilities.js'
import { rfc8639 } from '../../../src/protocols/netconf/codec/dynamic-subscription.js'
import { rfc5277 } from '../../../src/protocols/netconf/codec/subscription.js'
import { childOf, textAt } from '../../../src/protocols/netconf/codec/xml.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { createSubscription, establish, NetconfClient, SUBSCRIBED } from './fixture.js'

let hub: TestHub
let publisher: Client
const clients: NetconfClient[] = []

beforeEach(async () => {
  hub = await startTestHub({
    config: {
      principals: { ann: { see: ['room/'] }, keeper: { admin: true, see: '*', monitor: true }, blind: {} },
      listen: { netconf: '127.0.0.1:0' },
      streams: [
        { name: 'rooms', description: 'All rooms.', filter: ['room/'] },
        { name: 'now', filter: ['room/'], replay: false },
      ],
    },
  })
  publisher = await hub.connect()
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.drop()
  await publisher.close()
  await hub.close()
})

let tokens = 0
async function logIn(user: string): Promise<NetconfClient> {
  const { token } = await hub.hub.access.tokens.add({ name: `${user}-${++tokens}`, principal: user })
  const client = await NetconfClient.logIn(hub, { user, password: token })
  clients.push(client)
  return client
}

const publish = (n: number) => publisher.publish(`room/${n}`, { n })
const subscribers = () => [...hub.bus.subscriptions].length
const nextValue = async (client: NetconfClient, leaf = 'n') => textAt((await client.next())?.content, leaf)

describe('a client', () => {
  it('learns from the hello, the library and the lists what the hub has', async () => {
    await publish(1)
    const client = await logIn('keeper')
    expect(client.session.hello.sessionId).toBeGreaterThan(0)
    const { modules, protocol, pushes } = await abilitiesOf(client.session)
    expect(protocol).toBe(rfc8639)
    expect(pushes).toBe(false)
    expect(modules.get(SUBSCRIBED)).toBe('ietf-subscribed-notifications')
    for (const way of [rfc5277, rfc8639]) {
      const streams = await streamsOf(client.session, way)
      expect(streams).toMatchObject([
        { name: 'NETCONF', description: 'Every event.', hasReplay: true },
        { name: 'rooms', description: 'All rooms.', hasReplay: true },
        { name: 'now', hasReplay: false },
      ])
      expect(streams[1].logCreated).toBeLessThanOrEqual(Date.now() * 1000)
      expect(streams[2].logCreated).toBeUndefined()
    }
    const path = '<get><filter type="xpath" select="/netconf/streams/stream[name=\'rooms\']"/></get>'
    const data = childOf((await client.ask(path)).element, 'data')
    expect(textAt(data, 'netconf', 'streams', 'stream', 'name')).toBe('rooms')
    expect(
      (await client.ask('<get-config><source><running/></source></get-config>')).element.children,
    ).toMatchObject([{ name: 'data', children: [] }])
  })

  it('that may see no events has no streams', async () => {
    expect(await streamsOf((await logIn('blind')).session, rfc5277)).toEqual([])
  })

  it.each([
    '<edit-config><target><running/></target></edit-config>',
    '<lock><target><running/></target></lock>',
    '<commit/>',
    '<get-schema xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring"/>',
    `<resync-subscription xmlns="urn:ietf:params:xml:ns:yang:ietf-yang-push"><id>1</id></resync-subscription>`,
  ])('that asks for %s hears that it is not supported, and goes on', async (operation) => {
    const client = await logIn('ann')
    expect(await client.refusal(operation)).toBe('operation-not-supported')
    expect(await client.refusal('<get/>')).toBe('ok')
  })

  it('that takes its leave gets an answer, and its session ends', async () => {
    const client = await logIn('ann')
    await client.ask(createSubscription())
    expect(subscribers()).toBe(1)
    await client.ask('<close-session/>')
    expect(await client.next()).toBeUndefined()
    await expect.poll(subscribers).toBe(0)
  })
})

describe('create-subscription', () => {
  it('replays, says that the replay is complete, and follows', async () => {
    for (const n of [1, 2, 3]) await publish(n)
    const client = await logIn('ann')
    await client.ask(createSubscription('<stream>rooms</stream><startTime>1970-01-01T00:00:00Z</startTime>'))
    expect([await nextValue(client), await nextValue(client), await nextValue(client)]).toEqual([
      '1',
      '2',
      '3',
    ])
    expect(await client.names(1)).toEqual(['replayComplete'])
    await publish(4)
    expect(await nextValue(client)).toBe('4')
  })

  it('begins with the event of the start time itself', async () => {
    for (const n of [1, 2]) await publish(n)
    const seen = await logIn('ann')
    await seen.ask(createSubscription('<stream>rooms</stream><startTime>1970-01-01T00:00:00Z</startTime>'))
    const second = [await seen.next(), await seen.next()][1]
    const time = second?.content.attributes.find(({ name }) => name === 'time')?.value
    const client = await logIn('ann')
    await client.ask(createSubscription(`<stream>rooms</stream><startTime>${time}</startTime>`))
    expect(await nextValue(client)).toBe('2')
  })

  it('ends at the stop time, after which the session can have another', async () => {
    await publish(1)
    const client = await logIn('ann')
    const stop = formatTime(Date.now() * 1000 + 300_000)
    await client.ask(
      createSubscription(
        `<stream>rooms</stream><startTime>1970-01-01T00:00:00Z</startTime><stopTime>${stop}</stopTime>`,
      ),
    )
    expect(await client.refusal(createSubscription())).toBe('in-use')
    expect(await client.names(3)).toEqual(['tocsin.event', 'replayComplete', 'notificationComplete'])
    expect(await client.refusal(createSubscription())).toBe('ok')
  })

  it.each([
    ['<filter type="subtree"><tocsin.event xmlns="urn:tocsin:events"><n>2</n></tocsin.event></filter>'],
    ['<filter type="xpath" xmlns:t="urn:tocsin:events" select="/t:tocsin.event[t:n = 2]"/>'],
  ])('with the filter %s gets nothing else', async (filter) => {
    const client = await logIn('ann')
    await client.ask(createSubscription(`<stream>rooms</stream>${filter}`))
    for (const n of [1, 2, 3, 2]) await publish(n)
    expect([await nextValue(client), await nextValue(client)]).toEqual(['2', '2'])
  })

  it.each([
    ['<stream>elsewhere</stream>', 'invalid-value'],
    ['<stream>now</stream><startTime>1970-01-01T00:00:00Z</startTime>', 'operation-failed'],
    ['<filter type="xpath" select="/a["/>', 'invalid-value'],
    [`<filter type="xpath" select="${'a'.repeat(5000)}"/>`, 'invalid-value'],
  ])('with %s is refused, and leaves nothing behind', async (content, tag) => {
    const client = await logIn('ann')
    expect(await client.refusal(createSubscription(content))).toBe(tag)
    expect(subscribers()).toBe(0)
    expect(await client.refusal(createSubscription())).toBe('ok')
  })

  it('reports an event that is too long for a notification as missing', async () => {
    const client = await logIn('ann')
    await client.ask(createSubscription('<stream>rooms</stream>'))
    await publisher.publish('room/long', { text: 'x'.repeat(200_000) })
    await publish(2)
    const missing = await client.next()
    expect(missing?.content.name).toBe('missing-events')
    expect(textAt(missing?.content, 'reason')).toBe('too large')
    expect(await nextValue(client)).toBe('2')
  })
})

describe('subscriptions of RFC 8639', () => {
  const idOf = async (client: NetconfClient, content?: string) => {
    const { element } = await client.ask(establish(content))
    return Number(textAt(element, 'id'))
  }
  const change = (operation: string, id: number, more = '') =>
    `<${operation} xmlns="${SUBSCRIBED}"><id>${id}</id>${more}</${operation}>`

  it('are several in a session, each with its number, and listed', async () => {
    const client = await logIn('ann')
    const ids = [await idOf(client, '<stream>rooms</stream>'), await idOf(client, '<stream>rooms</stream>')]
    expect(new Set(ids).size).toBe(2)
    await publish(1)
    expect([await nextValue(client), await nextValue(client)]).toEqual(['1', '1'])
    const { element } = await client.ask('<get><filter><subscriptions/></filter></get>')
    const listed = childOf(childOf(element, 'data'), 'subscriptions')?.children ?? []
    expect(listed.map((each) => Number(textAt(each, 'id')))).toEqual(ids)
    await client.ask(change('delete-subscription', ids[0]))
    await publish(2)
    expect(await nextValue(client)).toBe('2')
    await publish(3)
    expect(await nextValue(client)).toBe('3')
  })

  it('replay, say so, and complete at their stop time', async () => {
    await publish(1)
    const client = await logIn('ann')
    const stop = formatTime(Date.now() * 1000 + 300_000)
    await idOf(
      client,
      `<stream>rooms</stream><replay-start-time>1970-01-01T00:00:00Z</replay-start-time><stop-time>${stop}</stop-time>`,
    )
    expect(await client.names(3)).toEqual(['tocsin.event', 'replay-completed', 'subscription-completed'])
    await expect.poll(subscribers).toBe(0)
  })

  it('change their filter, after which they continue without a hole', async () => {
    const client = await logIn('ann')
    const id = await idOf(client, '<stream>rooms</stream>')
    await publish(1)
    const modified = client.ask(
      change('modify-subscription', id, '<stream-xpath-filter>/*[n &gt; 5]</stream-xpath-filter>'),
    )
    await modified
    for (const n of [2, 6, 7]) await publish(n)
    expect(await nextValue(client)).toBe('1')
    expect(await client.names(1)).toEqual(['subscription-modified'])
    expect([await nextValue(client), await nextValue(client)]).toEqual(['6', '7'])
    expect(
      await client.refusal(change('modify-subscription', id, '<stream-xpath-filter>[</stream-xpath-filter>')),
    ).toBe('invalid-value')
    await publish(8)
    expect(await nextValue(client)).toBe('8')
  })

  it('are at most 16 in a session', async () => {
    const client = await logIn('ann')
    for (let n = 0; n < 16; n++) await idOf(client)
    expect(await client.refusal(establish())).toBe('resource-denied')
    expect(await client.refusal(change('delete-subscription', 4711))).toBe('invalid-value')
  })

  it.each([
    [new TocsinError('TCN_BUS_CLOSED', 'the hub stops'), 'operation-failed, the hub stops'],
    [new Error('no more memory'), 'operation-failed, Error: no more memory'],
  ])('that cannot begin because of a %s are refused with that reason, and not kept', async (reason, said) => {
    const client = await logIn('ann')
    vi.spyOn(hub.bus, 'subscribe').mockRejectedValueOnce(reason)
    await expect(client.ask(establish())).rejects.toThrow(new RegExp(`: ${said}$`))
    expect(await client.refusal(change('delete-subscription', 1))).toBe('invalid-value')
  })

  it('of others are ended only with the right to change the hub', async () => {
    const [ann, other, keeper] = [await logIn('ann'), await logIn('blind'), await logIn('keeper')]
    const id = await idOf(ann, '<stream>rooms</stream>')
    expect(await other.refusal(change('kill-subscription', id))).toBe('access-denied')
    expect(await keeper.refusal(change('kill-subscription', id))).toBe('ok')
    expect(await ann.names(1)).toEqual(['subscription-terminated'])
    expect(await keeper.refusal(change('kill-subscription', id))).toBe('invalid-value')
  })
})

describe('sessions', () => {
  const kill = (id: unknown) => `<kill-session><session-id>${id}</session-id></kill-session>`

  it('of others are ended only with the right to change the hub', async () => {
    const [ann, other, keeper] = [await logIn('ann'), await logIn('blind'), await logIn('keeper')]
    const id = ann.session.hello.sessionId
    expect(await other.refusal(kill(id))).toBe('access-denied')
    expect(await keeper.refusal(kill(keeper.session.hello.sessionId))).toBe('invalid-value')
    expect(await keeper.refusal(kill(id))).toBe('ok')
    expect(await ann.next()).toBeUndefined()
    expect(await keeper.refusal(kill(id))).toBe('invalid-value')
  })

  it('begin and end with the events of RFC 6470, which the stream has too', async () => {
    const keeper = await logIn('keeper')
    await keeper.ask(createSubscription('<filter><netconf-session-end/></filter>'))
    const [ann, bob] = [await logIn('ann'), await logIn('ann')]
    await ann.ask('<close-session/>')
    const ended = async () => {
      const content = (await keeper.next())?.content
      return ['username', 'session-id', 'killed-by', 'termination-reason'].map((leaf) =>
        textAt(content, leaf),
      )
    }
    expect(await ended()).toEqual(['ann', String(ann.session.hello.sessionId), undefined, 'closed'])
    await bob.ask('<get/>')
    await keeper.ask(kill(bob.session.hello.sessionId))
    const id = String(keeper.session.hello.sessionId)
    expect(await ended()).toEqual(['ann', String(bob.session.hello.sessionId), id, 'killed'])
    ;(await logIn('ann')).drop()
    expect((await ended())[3]).toBe('dropped')
    const started = []
    for await (const { data } of publisher.read('netconf/*/netconf-session-start', { to: 'end' }).events())
      started.push(data)
    expect(started[1]).toEqual({
      notification: 'ietf-netconf-notifications:netconf-session-start',
      content: {
        username: 'ann',
        'session-id': ann.session.hello.sessionId,
        'source-host': '127.0.0.1',
      },
    })
  })

  it('end when the token of their principal does', async () => {
    const { token } = await hub.hub.access.tokens.add({ name: 'short', principal: 'ann' })
    const client = await NetconfClient.logIn(hub, { user: 'ann', password: token })
    clients.push(client)
    await publisher.request('tokens.revoke', { name: 'short' })
    expect(await client.next()).toBeUndefined()
  })
})

it('programs for NSO read of sessions, logins and requests', async () => {
  const path = join(temporaryFolder('netconf-ncs'), 'ipc')
  await hub.hub.stop()
  hub = await startTestHub({
    config: {
      principals: { ann: { see: '*' } },
      listen: { netconf: '127.0.0.1:0' },
      ncs: { unix: { path } },
    },
  })
  const socket = ncs.socket(ncs.AF_UNIX)
  const mask = ncs.NOTIF_NETCONF | ncs.NOTIF_USER_SESSION | ncs.NOTIF_AUDIT
  await ncs.notificationsConnect(socket, { mask, path })
  const client = await logIn('ann')
  const usid = client.session.hello.sessionId
  await client.refusal('<lock/>')
  await client.ask('<close-session/>')
  const seen: unknown[] = []
  while (seen.length < 6) seen.push(await socket.read())
  const by = (text: RegExp) => expect.objectContaining({ msg: expect.stringMatching(text) })
  expect(seen).toEqual([
    expect.objectContaining({
      user_sess: expect.objectContaining({
        uinfo: expect.objectContaining({
          usid,
          username: 'ann',
          context: 'netconf',
          addr: '127.0.0.1',
          proto: 2,
        }),
      }),
    }),
    expect.objectContaining({ audit: by(/^logged in, netconf from ssh:/) }),
    expect.objectContaining({
      syslog: by(/^127\.0\.0\.1 ann "lock in session \d+" operation-not-supported/),
    }),
    expect.objectContaining({ audit: by(/^logged out/) }),
    expect.objectContaining({
      user_sess: expect.objectContaining({ uinfo: expect.objectContaining({ usid }) }),
    }),
    expect.objectContaining({ syslog: by(/^127\.0\.0\.1 ann "close-session in session \d+" ok/) }),
  ])
  socket.close()
})
