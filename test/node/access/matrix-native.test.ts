// Runs on each supported Node.js: AsyncLocalStorage.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../../src/client/index.js'
import { Op, type OpName } from '../../../src/protocols/native/protocol.js'
import { MatrixHub, principals, restricted, SECRET, sees } from '../../access/matrix-hub.js'

// The matrix of principals and paths (matrix.test.ts), for the records of the native protocol on each transport.

let hub: MatrixHub

beforeAll(async () => {
  hub = await MatrixHub.start()
  await hub.admin.publish('open/0', {})
  await hub.publishSecret(0)
  await hub.parkSecret()
})

afterAll(() => hub?.close())

/** The right that each record needs; `none`: it needs no right. */
const ops: Record<OpName, string> = {
  event: 'publish',
  gate: 'gate',
  gateDone: 'gate',
  subscribe: 'see',
  ack: 'consume',
  request: 'as its method',
  forwarded: 'not spoken',
  lag: 'publish',
  packed: 'publish',
  ...none('hello', 'welcome', 'unsubscribe', 'accepted', 'durable', 'refused', 'gap', 'live', 'position'),
  ...none('reply', 'cancel', 'ping', 'pong', 'error', 'goodbye'),
} as Record<OpName, string>

function none(...names: OpName[]): Partial<Record<OpName, string>> {
  return Object.fromEntries(names.map((name) => [name, 'none']))
}

describe('the native protocol', () => {
  it('has all its ops in this matrix', () => {
    expect(Object.keys(ops).sort()).toEqual(Object.keys(Op).sort())
  })

  describe.each(['unix', 'tcp', 'websocket'])('over %s', (face) => {
    it.each(principals)('delivers to %s from the log and live what it may see', async (as) => {
      const client = await hub.come(face, as)
      const subscription = client.subscribe(undefined, { from: 'start' })
      const live = new Promise<void>((resolve) =>
        subscription.onStatus(({ status }) => status === 'live' && resolve()),
      )
      const seen: string[] = []
      const reading = (async () => {
        for await (const { tag } of subscription.events()) seen.push(tag)
      })()
      await live
      await hub.publishSecret(9)
      // Published after the secret event: once this one has arrived, the other would have too.
      const last = `open/${face}/${as}`
      await hub.admin.publish(last, {})
      if (sees(as)) await expect.poll(() => seen).toContain(last)
      await subscription.close()
      await reading.catch(() => {})
      if (as === 'admin') expect(seen).toContain(`${SECRET}/9`)
      else expect(seen.filter((tag) => !(sees(as) && tag.startsWith('open/')))).toEqual([])
    })

    if (face !== 'unix') {
      it('requires identification', async () => {
        await expect(connect({ address: hub.addressOf(face), reconnect: false })).rejects.toMatchObject({
          code: 'TCN_ACCESS_NO_TOKEN',
        })
      })
    }

    it.each(restricted)('accepts from %s what it may publish', async (as) => {
      const client = await hub.come(face, as)
      await expect(client.publish(`${SECRET}/x`, {})).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
      const allowed = client.publish('open/by-pen', {}).then(
        () => true,
        () => false,
      )
      expect(await allowed).toBe(as === 'pen')
    })

    it.each(restricted)('gives %s no access to consumers of others', async (as) => {
      const client = await hub.come(face, as)
      for (const consumer of as === 'worker' ? ['others'] : ['jobs', 'others']) {
        const events = client.subscribe(undefined, { consumer }).events()
        await expect(events[Symbol.asyncIterator]().next()).rejects.toMatchObject({
          code: 'TCN_ACCESS_DENIED',
        })
      }
    })
  })
})
