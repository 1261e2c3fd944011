import { afterEach, beforeEach, expect, test } from 'vitest'
import * as ncs from '../../../../src/protocols/ncs/client/ncs.js'
import { type Fixture, startFixture } from '../../../faces/native/fixture.js'

let hub: Fixture
beforeEach(async () => {
  hub = await startFixture({ streams: [{ name: 'live', replay: false }] })
})
afterEach(() => hub.close())

async function open(options: ncs.NotificationsDataOptions) {
  const sock = ncs.socket(ncs.AF_UNIX)
  const data = new ncs.NotificationsData(options)
  await ncs.notificationsConnect2(sock, { mask: ncs.NOTIF_STREAM_EVENT, data, path: hub.path })
  return sock
}

test('a program reads a stream from a start to a stop time, with an XPath', async () => {
  for (const n of [1, 2, 3]) hub.bus.emit({ tag: `disk/${n}`, data: { name: `sd${n}`, full: n > 1 } })
  const sock = await open({
    stream_name: 'NETCONF',
    start_time: new Date(Date.now() - 60_000),
    stop_time: new Date(Date.now() + 100),
    xpath_filter: "/*[full = 'true']",
  })
  const found: unknown[] = []
  for (;;) {
    const n = await ncs.readNotification(sock)
    if (n.type !== ncs.NOTIF_STREAM_EVENT) throw new Error('no event of the stream')
    found.push(n.stream.values?.find(({ tag }) => tag === 'name')?.value ?? n.stream.type)
    if (n.stream.type === ncs.STREAM_NOTIFICATION_COMPLETE) break
    if (n.stream.type !== ncs.STREAM_NOTIFICATION_EVENT) continue
    expect(ncs.formatNotification(n)).toContain('tag=full kind=leaf value=true')
  }
  expect(found).toEqual(['sd2', 'sd3', ncs.STREAM_REPLAY_COMPLETE, ncs.STREAM_NOTIFICATION_COMPLETE])
  sock.close()
})

test('a replay that is not possible has its reason under both keys', async () => {
  const sock = await open({ stream_name: 'live', start_time: '2026-01-31T00:00:00Z' })
  const reason = 'the stream live has no replay'
  const stream = { type: ncs.STREAM_REPLAY_FAILED, replay_error: reason, error: reason }
  expect(await ncs.readNotification(sock)).toEqual({ type: ncs.NOTIF_STREAM_EVENT, stream })
  sock.close()
})

test('an event reads flat as well', async () => {
  hub.bus.emit({ tag: 'disk/1', data: { name: 'sda' } })
  const sock = ncs.socket(ncs.AF_UNIX, { flat: true })
  const data = new ncs.NotificationsData({ stream_name: 'NETCONF', start_time: '2026-01-31T00:00:00Z' })
  await ncs.notificationsConnect2(sock, { mask: ncs.NOTIF_STREAM_EVENT, data, path: hub.path })
  const { type, sub_type, values } = await ncs.readNotification(sock)
  expect([type, sub_type]).toEqual([ncs.NOTIF_STREAM_EVENT, ncs.STREAM_NOTIFICATION_EVENT])
  expect(values).toContainEqual({ ns: 'urn:tocsin:event', tag: 'name', kind: 'leaf', value: 'sda' })
  sock.close()
})
