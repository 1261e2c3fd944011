import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SUBPROTOCOLS } from '../../src/faces/http/streams/websocket/web-sockets.js'
import { faces } from '../../src/faces/index.js'
import * as ncs from '../../src/protocols/ncs/client/ncs.js'
import { ways as http } from '../faces/http/ways.js'
import { MatrixHub, principals, restricted, SECRET, sees } from './matrix-hub.js'
import type { FaceWays, Reading } from './ways.js'

/** Principal × every way to read and publish, of every face. A face without its ways fails here. */

let hub: MatrixHub
const open: Reading[] = []

beforeAll(async () => {
  hub = await MatrixHub.start()
  await hub.admin.publish('open/0', {})
  await hub.publishSecret(0)
})

afterAll(async () => {
  for (const each of open) each.close()
  await hub?.close()
})

const all = await Promise.all(
  faces.map(async ({ name }) => {
    const { ways } = (await import(`../faces/${name}/ways.ts`)) as { ways: FaceWays }
    return { name, ways }
  }),
)

const reading = all.filter(({ ways }) => Object.keys(ways.reads).length > 0)

describe.each(reading)('what $name delivers', ({ ways: { reads, refuseTheBlind, isLive } }) => {
  const follow = async (way: string, as: string): Promise<() => string> => {
    const reading = await reads[way](hub, as)
    open.push(reading)
    await expect.poll(reading.text).toMatch(isLive)
    return reading.text
  }

  describe.each(Object.keys(reads))('over %s', (way) => {
    it.each(principals)('to %s, from the log and live, is what it may see', async (as) => {
      if (refuseTheBlind?.includes(way) && !sees(as)) {
        await expect(reads[way](hub, as)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
        return
      }
      const [text, witness] = [await follow(way, as), await follow(way, 'admin')]
      await hub.publishSecret(`live/${as}`)
      const last = `open/${way.replaceAll(' ', '-')}/${as}`
      await hub.admin.publish(last, {})
      await expect.poll(witness).toContain(last)
      if (sees(as)) await expect.poll(text).toContain(last)
      else expect(text()).not.toContain('open/')
      if (as === 'admin') expect(text()).toContain(`${SECRET}/live/${as}`)
      else expect(text()).not.toContain(SECRET)
    })
  })
})

async function published(tag: string): Promise<number> {
  let count = 0
  for await (const _ of hub.admin.read({ exact: { tag } }, { to: 'end' }).events()) count++
  return count
}

const publishing = all.filter(({ ways }) => Object.keys(ways.publishes).length > 0)

describe.each(publishing)('what is published over $name', ({ ways: { publishes } }) => {
  for (const [way, publish] of Object.entries(publishes)) {
    it.each(restricted)(`with ${way} by %s is what it may publish, under its own source`, async (as) => {
      const { source } = (await hub.come('unix', as)).welcome
      const end = `sent/${way.replaceAll(/[^a-z]/g, '-')}/${as}`
      await publish(hub, as, { tag: `open/${end}`, source })
      await publish(hub, as, { tag: `${SECRET}/${end}`, source })
      await publish(hub, as, { tag: `open/forged/${end}`, source: hub.admin.welcome.source })
      expect(await published(`open/${end}`)).toBe(as === 'pen' ? 1 : 0)
      expect(await published(`${SECRET}/${end}`)).toBe(0)
      expect(await published(`open/forged/${end}`)).toBe(0)
    })
  }
})

interface OpenApi {
  paths: { '/v1/events': { post: { requestBody: { content: object } } } }
}

describe('the ways of HTTP', () => {
  it('include every subprotocol', () => {
    expect([...SUBPROTOCOLS].filter((name) => !(name in http.reads))).toEqual([])
  })

  it('include every form of a request that publishes', async () => {
    const document = (await (await hub.ask('admin', '/v1/openapi.json')).json()) as OpenApi
    const forms = Object.keys(document.paths['/v1/events'].post.requestBody.content)
    expect(forms).toContain('application/json')
    // Any other type is the data of a CloudEvent in binary mode.
    const way = (type: string) => (type === '*/*' ? 'binary mode' : type)
    expect(forms.filter((type) => !(way(type) in http.publishes))).toEqual([])
  })
})

describe('notification sockets', () => {
  it('give notifications to principals that may see them, and ask only those that may answer', async () => {
    const sockets = await Promise.all(
      principals.map(async (as) => {
        const [, ip, port] = /^tcp:\/\/(.*):(\d+)$/.exec(hub.addressOf('tcp'))!
        const socket = ncs.socket(ncs.AF_INET)
        const mask = ncs.NOTIF_AUDIT | ncs.NOTIF_AUDIT_SYNC
        await ncs.notificationsConnect(socket, { mask, ip, port: Number(port), token: hub.tokens.get(as) })
        open.push({ text: () => '', close: () => socket.close() })
        return { as, socket }
      }),
    )
    const published = ncs.producer(hub.admin).publishNotification({
      type: ncs.NOTIF_AUDIT,
      audit: { logno: 1, user: 'ann', msg: 'logged in', usid: 7 },
    })
    const admin = sockets.find(({ as }) => as === 'admin')!.socket
    expect(await admin.read()).toMatchObject({ audit: { usid: 7 } })
    ncs.syncAuditNotification(admin, 7)
    expect(await published).toMatchObject({ missing: [] })
    const others = sockets.filter(({ as }) => as !== 'admin')
    expect(await Promise.all(others.map(({ socket }) => socket.poll(20)))).toEqual(others.map(() => false))
  })
})

describe('gates', () => {
  it.each(['unix', 'tcp', 'websocket'])(
    'over %s ask only principals that may answer them and see the event',
    async (transport) => {
      const asked: string[] = []
      const subscriptions = await Promise.all(
        restricted.map(async (as) => {
          const client = await hub.come(transport, as)
          const subscription = client.subscribe(undefined, { gates: ['hold'] })
          subscription.onStatus((status) => {
            if (status.status !== 'gate') return
            asked.push(as)
            subscription.gateDone(status, as)
          })
          const reading = (async () => {
            for await (const _ of subscription.events());
          })()
          reading.catch(() => {})
          await subscription.ready()
          return subscription
        }),
      )
      const gate = { gate: 'hold', deadline: 20_000 }
      const secret = await hub.admin.publish(`${SECRET}/gate`, {}, gate)
      expect(secret.gate).toMatchObject({ answers: [], missing: [] })
      const seen = await hub.admin.publish('open/gate', {}, gate)
      expect(seen.gate).toMatchObject({ answers: [{ answer: 'guard' }], missing: [] })
      expect(asked).toEqual(['guard'])
      for (const subscription of subscriptions) await subscription.close()
    },
  )
})
