import { expect, it } from 'vitest'
import { startTestHub } from '../../src/hub/testing.js'

it('a right may go by the host and the severity of events, whatever their tags', async () => {
  await using hub = await startTestHub({
    config: {
      principals: {
        ann: { see: [{ exact: { host: 'web1' } }] },
        bob: { see: [{ sql: "severity >= 'err'" }] },
      },
    },
  })
  const admin = await hub.connect()
  await admin.publish('host/web1/app/x', { n: 1, severity: 'info' })
  await admin.publish('host/web2/app/x', { n: 2, severity: 'err' })
  await admin.publish('app/x', { n: 3, level: 'fatal' }, { attributes: { host: 'web1' } })
  await admin.publish('app/y', { n: 4 })
  const seenBy = async (name: string) => {
    const { token } = await admin.request('tokens.add', { name, principal: name })
    const client = await hub.connect({ token })
    const seen: unknown[] = []
    for await (const { data } of client.subscribe(undefined, { from: 'start', to: 'end' }).events())
      seen.push((data as { n: number }).n)
    return seen
  }
  expect(await seenBy('ann')).toEqual([1, 3])
  expect(await seenBy('bob')).toEqual([2, 3])
})
