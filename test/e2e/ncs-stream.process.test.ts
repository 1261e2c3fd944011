import { expect, it } from 'vitest'
import { connect } from '../../src/client/index.js'
import * as ncs from '../../src/protocols/ncs/client/ncs.js'
import { HubProcess } from './hub-process.js'

it('the built hub replays a stream with an XPath that needs the engine', async () => {
  await using hub = await HubProcess.start()
  const client = await connect({ address: `unix:${hub.socket}` })
  for (const name of ['sda', 'sdb']) await client.publish(`disk/${name}`, { name })
  await client.close()
  const data = new ncs.NotificationsData({
    stream_name: 'NETCONF',
    start_time: new Date(Date.now() - 60_000),
    xpath_filter: "//name[. = 'sdb']",
  })
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect2(sock, { mask: ncs.NOTIF_STREAM_EVENT, data, path: hub.socket })
  const found = [await ncs.readNotification(sock), await ncs.readNotification(sock)]
  expect(found[0]).toMatchObject({ stream: { type: ncs.STREAM_NOTIFICATION_EVENT } })
  expect(ncs.formatNotification(found[0])).toContain('kind=leaf value=disk/sdb')
  expect(found[1]).toEqual({ type: ncs.NOTIF_STREAM_EVENT, stream: { type: ncs.STREAM_REPLAY_COMPLETE } })
  sock.close()
})
