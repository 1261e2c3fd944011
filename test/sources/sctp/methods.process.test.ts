import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, connect } from '../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import type { SctpPublished } from '../../../src/methods/contract/index.js'
import { notificationEvent, parseNotifications } from '../../../src/protocols/sctp/index.js'
import { openSocket } from '../../helpers/open-face.js'
import { bytesOf, vectors } from '../../protocols/sctp/vectors.js'

const dry = Buffer.from('098000000c00000003000000', 'hex')
const commUp = Buffer.from('0180000014000000000000000a000a0004000000', 'hex')
const linux = { source: 'n2', platform: 'linux', endian: 'little' }

let hub: TestHub
let admin: Client
let guest: Client

beforeAll(async () => {
  const principals = { guest: { publish: ['sctp/n2/3/'] } }
  hub = await startTestHub({ http: true, config: { principals } })
  admin = await hub.connect()
  const path = hub.address.slice('unix:'.length).replace('tocsin.sock', 'guest.sock')
  await openSocket(hub, path, 'guest')
  guest = await connect({ address: `unix:${path}` })
})

afterAll(async () => {
  await guest?.close()
  await admin?.close()
  await hub?.close()
})

function publish(client: Client, items: (Uint8Array | string)[], format: object = linux) {
  const notifications = items.map((item) =>
    typeof item === 'string' ? item : Buffer.from(item).toString('base64'),
  )
  return client.request<SctpPublished>('sctp.publish', { ...format, notifications })
}

/** Returns the result of a call, and the events that it published. */
async function publishedBy<T>(call: () => Promise<T>) {
  const { cursor: from } = await admin.publish('mark', {})
  const answer = await call()
  const events: { tag: string; data: unknown; source: string; cursor: string }[] = []
  for await (const event of admin.read('sctp/', { from }).events()) {
    const { tag, data, source } = event
    events.push({ tag, data, source, cursor: event.cursorIn(hub.bus.epoch) })
  }
  return { answer, events }
}

describe('sctp.publish', () => {
  it.each(['linux', 'freebsd'] as const)('publishes what %s recorded, like a source', async (platform) => {
    const all = Buffer.concat(vectors[platform].map(bytesOf))
    const format = { source: 'rec', platform, endian: 'little' as const }
    const { answer, events } = await publishedBy(() => publish(admin, [all], format))
    const expected = parseNotifications(all, format).map((each) => notificationEvent(each, format))
    expect(events.map(({ tag }) => tag)).toEqual(expected.map(({ path }) => `sctp/rec/${path}`))
    expect(JSON.stringify(events.map(({ data }) => data))).toBe(
      JSON.stringify(expected.map(({ data }) => data)),
    )
    expect(answer).toEqual({ accepted: expected.length, cursor: events.at(-1)?.cursor, errors: [] })
  })

  it('publishes nothing of a faulty item, reports the reason, and accepts the others in order', async () => {
    const faulty = Buffer.concat([dry, Buffer.from('ff80000008000000', 'hex')])
    const items = [dry, faulty, '#', '', dry.subarray(0, 5), Buffer.concat([commUp, dry])]
    const { answer, events } = await publishedBy(() => publish(admin, items))
    expect(events.map(({ tag }) => tag)).toEqual([
      'sctp/n2/3/sender_dry_event',
      'sctp/n2/4/assoc_change',
      'sctp/n2/3/sender_dry_event',
    ])
    expect(answer).toMatchObject({
      accepted: 3,
      cursor: events[2].cursor,
      errors: [
        { index: 1, code: 'TCN_SCTP_TYPE', message: expect.stringContaining('type 33023') },
        { index: 2, code: 'TCN_METHOD_PARAMS', message: 'it is not base64' },
        { index: 3, code: 'TCN_SCTP_LENGTH' },
        { index: 4, code: 'TCN_SCTP_LENGTH' },
      ],
    })
  })

  it('publishes nothing of an item that the principal may not publish as a whole', async () => {
    const items = [Buffer.concat([dry, commUp]), dry, commUp]
    const { answer, events } = await publishedBy(() => publish(guest, items))
    expect(events).toMatchObject([{ tag: 'sctp/n2/3/sender_dry_event', source: guest.welcome.source }])
    expect(answer).toMatchObject({
      accepted: 1,
      errors: [
        { index: 0, code: 'TCN_ACCESS_DENIED' },
        { index: 2, code: 'TCN_ACCESS_DENIED' },
      ],
    })
  })

  it('returns no cursor when nothing was accepted', async () => {
    expect(await publish(guest, [commUp])).toEqual({
      accepted: 0,
      errors: [{ index: 0, code: 'TCN_ACCESS_DENIED', message: expect.any(String) }],
    })
  })

  it('accepts an item of many thousand notifications, in order', async () => {
    const items = Array.from({ length: 5000 }, (_, association) => {
      const bytes = Buffer.from(dry)
      bytes.writeUInt32LE(association, 8)
      return bytes
    })
    const { answer, events } = await publishedBy(() => publish(admin, [Buffer.concat(items), dry]))
    expect(answer).toMatchObject({ accepted: 5001, errors: [] })
    expect(events.map(({ tag }) => tag).slice(0, 5000)).toEqual(
      items.map((_, association) => `sctp/n2/${association}/sender_dry_event`),
    )
  })

  it.each([
    ['a name with several segments', { source: 'a/b' }],
    ['another platform', { platform: 'plan9' }],
    ['another byte order', { endian: 'middle' }],
    ['nothing', { notifications: [] }],
    ['more than 1000 items', { notifications: Array(1001).fill('') }],
    ['bytes instead of text', { notifications: [dry] }],
  ])('rejects %s', async (_what, params) => {
    const asked = admin.request<unknown>('sctp.publish', { ...linux, notifications: [''], ...params })
    await expect(asked).rejects.toMatchObject({ code: 'TCN_METHOD_PARAMS' })
  })

  it('returns the same over HTTP as over the native protocol', async () => {
    const { token } = await admin.request<{ token: string }>('tokens.add', { name: 'guest' })
    const post = (authorization?: string) =>
      fetch(`${hub.http}/v1/sctp.publish`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
        body: JSON.stringify({
          ...linux,
          notifications: [dry, commUp].map((each) => each.toString('base64')),
        }),
      })
    expect((await post()).status).toBe(401)
    const { answer, events } = await publishedBy(() => post(`Bearer ${token}`))
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      accepted: 1,
      cursor: events[0].cursor,
      errors: [{ index: 1, code: 'TCN_ACCESS_DENIED', message: expect.any(String) }],
    })
    expect(events).toMatchObject([{ tag: 'sctp/n2/3/sender_dry_event', data: { sender_dry_assoc_id: 3 } }])
  })
})
