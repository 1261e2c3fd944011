import type { MatrixHub } from '../../access/matrix-hub.js'
import type { FaceWays, Reading } from '../../access/ways.js'
import { SysadmClient } from './fixture.js'

/** Reads the class `tocsin`, which has every event of the hub. `relay` is put before what the client sends. */
async function readClass(hub: MatrixHub, as: string, relay = ''): Promise<Reading> {
  const { url, username, password } = await hub.sysadm(as)
  const client = await SysadmClient.open(url)
  const send = (namespace: string, name: string, args: unknown) =>
    client.send(relay + JSON.stringify({ namespace, name, id: name, args }))
  send('rpc', 'auth', { username, password })
  await client.next()
  send('events', 'subscribe', { classes: ['tocsin'], since: 'start' })
  return { text: () => client.received.join('\n'), close: () => client.close() }
}

/** Clients of SysAdm publish nothing; running jobs is a method of the hub. */
export const ways: FaceWays = {
  reads: {
    SysAdm: (hub, as) => readClass(hub, as),
    'SysAdm through a relay': (hub, as) => readClass(hub, as, 'relay-7\n'),
  },
  isLive: /"subscribe":"tocsin"/,
  publishes: {},
}
