import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { connect } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { openSocket } from '../helpers/open-face.js'

/**
 * A principal that may see only `open/` must not learn anything about `secret/` by any path: live, from the log, by
 * cursor, by completion, by counts or through a consumer.
 */
const config = {
  principals: {
    guest: { see: ['open/'], publish: ['open/'], consume: ['guests'] },
  },
} as const

let hub: TestHub
let admin: Client
let guest: Client
let secretCursor: string

beforeAll(async () => {
  hub = await startTestHub({ config: config as never })
  admin = await hub.connect()
  const address = hub.address.replace('tocsin.sock', 'guest.sock')
  await listenAs(hub, address.slice('unix:'.length), 'guest')
  guest = await connect({ address })
  await admin.publish('open/1', { n: 1 })
  secretCursor = (await admin.publish('secret/1', { password: 'canary' })).cursor ?? ''
  await admin.publish('open/2', { n: 2 })
})

afterAll(async () => {
  await guest?.close()
  await admin?.close()
  await hub?.close()
})

describe('a principal that may see only some events', () => {
  it('reads only those from the log', async () => {
    expect(await tags(guest.read(undefined, { from: 'start' }))).toEqual(['open/1', 'open/2'])
  })

  it('reads nothing when it explicitly requests other events', async () => {
    expect(await tags(guest.read('secret/', { from: 'start' }))).toEqual([])
    expect(await tags(guest.read('*cret*', { from: 'start' }))).toEqual([])
    expect(await tags(guest.read({ not: { prefix: { tag: 'open/' } } }, { from: 'start' }))).toEqual([])
  })

  it('receives only those live', async () => {
    const subscription = guest.subscribe()
    const live = new Promise<void>((resolve) =>
      subscription.onStatus(({ status }) => status === 'live' && resolve()),
    )
    const events = subscription.events()[Symbol.asyncIterator]()
    const first = events.next()
    await live
    await admin.publish('secret/2', {})
    await admin.publish('open/3', {})
    expect((await first).value.tag).toBe('open/3')
    await subscription.close()
  })

  it('gets the same error for a hidden cursor as for an unknown one', async () => {
    await expect(guest.request('events.get', { cursor: secretCursor })).rejects.toMatchObject({
      code: 'TCN_EVENT_UNKNOWN',
    })
    await expect(
      guest.request('filters.explain', { filters: 'open/', cursor: secretCursor }),
    ).rejects.toMatchObject({
      code: 'TCN_EVENT_UNKNOWN',
    })
    await expect(admin.request('events.get', { cursor: secretCursor })).resolves.toMatchObject({
      cursor: secretCursor,
    })
  })

  it('gets completions only for tags that it may see', async () => {
    const { tags: completed } = await guest.request<{ tags: { text: string }[] }>('tags.complete', {
      prefix: '',
    })
    expect(completed.map(({ text }) => text)).toEqual(['open/'])
    const secret = await guest.request<{ tags: unknown[] }>('tags.complete', { prefix: 'secret/' })
    expect(secret.tags).toEqual([])
  })

  it('counts only events that it may see', async () => {
    const { count } = await guest.request<{ count: { matched: number; seen: number } }>('filters.explain', {
      filters: { not: { prefix: { tag: 'nothing/' } } },
      from: 'start',
    })
    const all = await tags(guest.read(undefined, { from: 'start' }))
    expect(count).toMatchObject({ matched: all.length, seen: all.length })
  })

  it('receives only those through a consumer that it may use, and may use no other', async () => {
    const subscription = guest.subscribe(undefined, { consumer: 'guests', from: 'start' })
    const seen: string[] = []
    for await (const event of subscription.events()) {
      seen.push(event.tag)
      subscription.ack(event)
      if (event.tag === 'open/3') break
    }
    expect(seen.every((tag) => tag.startsWith('open/'))).toBe(true)
    await expect(tags(guest.subscribe(undefined, { consumer: 'others' }))).rejects.toMatchObject({
      code: 'TCN_ACCESS_DENIED',
    })
  })

  it('is refused methods that change the hub or reveal other clients', async () => {
    for (const method of [
      'hub.status',
      'subscribers.list',
      'log.info',
      'log.compact',
      'log.verify',
      'sources.list',
    ]) {
      await expect(guest.request<unknown>(method)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    }
  })

  it('publishes only events that it may publish, under its own source', async () => {
    await expect(guest.publish('open/4', {})).resolves.toBeDefined()
    await expect(guest.publish('secret/3', {})).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    await expect(guest.publish('open/5', {}, { source: 'host/other' })).rejects.toMatchObject({
      code: 'TCN_ORIGIN_FOREIGN',
    })
    await expect(guest.publish('open/5', {}, { source: 'guestbook' })).rejects.toMatchObject({
      code: 'TCN_ORIGIN_FOREIGN',
    })
    await expect(guest.publish('open/5', {}, { kind: 4 })).rejects.toMatchObject({
      code: 'TCN_KIND_RESERVED',
    })
  })
})

async function tags(subscription: ReturnType<Client['read']>): Promise<string[]> {
  const found: string[] = []
  for await (const event of subscription.events()) found.push(event.tag)
  return found
}

async function listenAs(testHub: TestHub, path: string, principal: string): Promise<void> {
  await openSocket(testHub, path, principal)
}
