import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import type { ViewInfo } from '../../src/methods/contract/index.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

let hub: TestHub
let admin: Client
let ann: Client
let bob: Client

async function come(principal: string): Promise<Client> {
  const { token } = await admin.request('tokens.add', { name: principal, principal })
  const { address } = hub.hub.listeners.find(({ address }) => address.startsWith('tcp:'))!
  return connect({ address, token, reconnect: false })
}

beforeAll(async () => {
  hub = await startTestHub({
    config: { listen: { tcp: '127.0.0.1:0' }, principals: { ann: { see: 'a/' }, bob: { see: 'b/' } } },
  })
  admin = await hub.connect()
  ann = await come('ann')
  bob = await come('bob')
})

afterAll(async () => {
  for (const client of [ann, bob, admin]) await client?.close()
  await hub?.close()
})

const save = (client: Client, name: string, more: object = {}) =>
  client.request('views.save', { name, query: `filter=${name}/`, ...more })

async function namesFor(client: Client): Promise<string[]> {
  const { views } = await client.request('views.list')
  return views.map(({ owner, name }) => `${owner}: ${name}`)
}

describe('a named view', () => {
  beforeEach(async () => {
    for (const client of [ann, bob]) {
      const { views } = await client.request('views.list')
      for (const { name } of views) await client.request('views.delete', { name }).catch(() => {})
    }
  })

  it('is kept as it is, and listed for its owner only', async () => {
    await save(ann, 'failed jobs', { query: 'filter=salt%2Fjob%2F&range=1h' })
    const { views } = await ann.request('views.list')
    expect(views).toEqual([
      {
        name: 'failed jobs',
        owner: 'ann',
        shared: false,
        query: 'filter=salt%2Fjob%2F&range=1h',
        changed: expect.any(Number),
      } satisfies ViewInfo,
    ])
    expect(await namesFor(bob)).toEqual([])
    expect(await namesFor(admin)).toEqual([])
  })

  it('is in the lists of all when it is shared, and two may share one of the same name', async () => {
    await save(ann, 'mine')
    await save(ann, 'ours', { shared: true })
    await save(bob, 'ours', { shared: true })
    expect(await namesFor(bob)).toEqual(['ann: ours', 'bob: ours'])
  })

  it('is replaced only on purpose', async () => {
    await save(ann, 'x')
    await expect(save(ann, 'x')).rejects.toMatchObject({ code: 'TCN_VIEW_CONFLICT' })
    expect(await save(ann, 'x', { query: 'filter=y', replace: true })).toMatchObject({ query: 'filter=y' })
    expect(await namesFor(ann)).toEqual(['ann: x'])
  })

  it('gets another name unless that is taken', async () => {
    await save(ann, 'old')
    await save(ann, 'taken')
    await expect(ann.request('views.rename', { name: 'old', to: 'taken' })).rejects.toMatchObject({
      code: 'TCN_VIEW_CONFLICT',
    })
    expect(await ann.request('views.rename', { name: 'old', to: 'new/a' })).toMatchObject({
      query: 'filter=old/',
    })
    expect(await namesFor(ann)).toEqual(['ann: new/a', 'ann: taken'])
  })

  it('is changed by its owner only, and deleted by an administrator too', async () => {
    await save(ann, 'ours', { shared: true })
    await expect(bob.request('views.delete', { name: 'ours' })).rejects.toMatchObject({
      code: 'TCN_VIEW_UNKNOWN',
    })
    await expect(bob.request('views.delete', { name: 'ours', owner: 'ann' })).rejects.toMatchObject({
      code: 'TCN_ACCESS_DENIED',
    })
    await expect(bob.request('views.rename', { name: 'ours', to: 'x' })).rejects.toMatchObject({
      code: 'TCN_VIEW_UNKNOWN',
    })
    await admin.request('views.delete', { name: 'ours', owner: 'ann' })
    expect(await namesFor(ann)).toEqual([])
  })

  it('has a name that can be seen, and a query of a limited length', async () => {
    for (const name of ['', ' a', 'a ', 'a\u202eb', 'a\nb', 'a\u200b', 'x'.repeat(65)]) {
      await expect(save(ann, name), JSON.stringify(name)).rejects.toMatchObject({ code: 'TCN_METHOD_PARAMS' })
    }
    await expect(save(ann, 'long', { query: 'x'.repeat(4097) })).rejects.toMatchObject({
      code: 'TCN_METHOD_PARAMS',
    })
    await save(ann, '失敗 ✕ <b>', { query: 'x'.repeat(4096) })
    expect(await namesFor(ann)).toEqual(['ann: 失敗 ✕ <b>'])
  })

  it('is one of a limited number for each owner, however many are saved at once', async () => {
    const refused: unknown[] = []
    // One client may have a limited number of requests open.
    for (let first = 0; first < 105; first += 15) {
      const saves = Array.from({ length: 15 }, (_, n) => save(ann, `v${first + n}`))
      for (const saved of await Promise.allSettled(saves))
        if (saved.status === 'rejected') refused.push(saved.reason)
    }
    expect(refused).toHaveLength(5)
    for (const reason of refused) expect(reason).toMatchObject({ code: 'TCN_VIEW_TOO_MANY' })
    await save(ann, 'v0', { replace: true })
    await save(bob, 'one of another')
  })
})

it('named views survive a restart of the hub', async () => {
  const data = temporaryFolder('views')
  const first = await startTestHub({ data })
  const client = await first.connect()
  await save(client, 'kept', { shared: true })
  await client.close()
  await first.close()
  const second = await startTestHub({ data })
  const again = await second.connect()
  expect(await namesFor(again)).toEqual(['admin: kept'])
  await again.close()
  await second.close()
})
