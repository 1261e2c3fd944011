import { expect, it } from 'vitest'
import { connect } from '../../src/client/index.js'
import { LiveHub } from './live-hub.js'

const limits = {
  tag: '2KiB',
  bodyDepth: 100,
  queue: '1MiB',
  unflushed: '2MiB',
  catchUpPerTick: '1MiB',
  matchTime: '1s',
  producers: 10,
  consumers: 20,
  unacknowledged: 30,
  gateDeadline: '5s',
}

it('limits of the bus that are committed apply to clients that are connected', async () => {
  await using live = await LiveHub.start()
  await using client = await connect({ address: live.path('tocsin.sock') })
  const tag = 'x'.repeat(1500)
  await expect(client.publish(tag, 1)).rejects.toMatchObject({ code: 'TCN_TAG_TOO_LONG' })
  const values = Object.entries(limits).map(([key, value]) => [`limits.${key}`, value])
  const { applied, restart } = await live.commit(Object.fromEntries(values))
  expect(restart).toEqual([])
  expect(applied.toSorted()).toEqual(values.map(([key]) => key).toSorted())
  await client.publish(tag, 1)
})

it('issuers are replaced by a reload of the file', async () => {
  await using live = await LiveHub.start('principals: { ops: { see: "*" } }\n')
  const oidc = [
    {
      issuer: 'https://issuer.example',
      audience: 'tocsin',
      map: [{ claim: 'groups', value: 'x', principal: 'ops' }],
    },
  ]
  live.write(`${live.text}oidc: ${JSON.stringify(oidc)}\n`)
  expect(await live.admin.request('config.reload')).toMatchObject({ applied: ['oidc'], restart: [] })
})

it('the largest event waits for a restart, since clients were told it', async () => {
  await using live = await LiveHub.start()
  expect(await live.commit({ 'limits.frame': '1MiB' })).toMatchObject({
    applied: [],
    restart: ['limits.frame'],
  })
})
