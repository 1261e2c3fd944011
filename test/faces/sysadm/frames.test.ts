import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SysadmClient, type SysadmFixture, startSysadm } from './fixture.js'

const spellings = ['genuine', 'documented'] as const
const fixtures = {} as Record<(typeof spellings)[number], SysadmFixture>
beforeAll(async () => {
  for (const spelling of spellings) fixtures[spelling] = await startSysadm({ sysadm: { spelling } })
})
afterAll(async () => {
  for (const spelling of spellings) await fixtures[spelling][Symbol.asyncDispose]()
})

const genuine = (name: string, args: string) =>
  `{"args":${args},"id":"","name":"${name}","namespace":"events"}`
const documented = (name: string, args: string) =>
  `{"namespace":"events","name":"${name}","id":"none","args":${args}}`

/** A client that has received the answer to subscribe, and what comes before it. */
async function subscriber(fixture: SysadmFixture, name: string): Promise<SysadmClient> {
  const client = await fixture.login()
  client.send(`{"args":"${name}","id":"s","name":"subscribe","namespace":"events"}`)
  for (let text = await client.next(); !text.includes('"id":"s"'); ) text = await client.next()
  return client
}

const STAMP = 'Fri Nov 20 04:52:33 UTC 2026'

describe('events of Life Preserver', () => {
  it.each([
    ['snapshot', `${STAMP}: New snapshot of tank/home`, '1', 'Information'],
    ['replication', `${STAMP}: Starting replication for tank/home`, '1', 'Information'],
    ['replication', 'Replicating tank: 55.5M/100M (55.5%)', '0', 'Information'],
    ['replication', `${STAMP}: Finished replication for tank/home`, '1', 'Information'],
    [
      'replication',
      String.raw`${STAMP}: Replication Failed for tank/home\nLogfile available at: /var/log/lpreserver/x.log`,
      '7',
      'Critical',
    ],
  ])('%s: %s', async (kind, message, level, word) => {
    const data = { class: kind, message: JSON.parse(`"${message}"`), priority: `${level} - ${word}` }
    const expected = {
      genuine: genuine(
        'life-preserver',
        `{"class":"${kind}","message":"${message}","priority":"${level} - ${word}"}`,
      ),
      documented: documented(
        'life_preserver',
        `{"message":"${message}","priority":"${level}/${word}","class":"${kind}"}`,
      ),
    }
    for (const spelling of spellings) {
      const client = await subscriber(fixtures[spelling], 'life-preserver')
      fixtures[spelling].publish(`sysadm/life-preserver/${kind}`, data)
      expect(await client.next()).toBe(expected[spelling])
    }
  })
})

const pool = {
  size: '107G',
  alloc: '13.1G',
  free: '93.9G',
  frag: '6%',
  expandsz: '-',
  dedup: '1.00x',
  altroot: '-',
  capacity: '12%',
  health: 'DEGRADED',
}
const sorted =
  '"alloc":"13.1G","altroot":"-","capacity":"12%","dedup":"1.00x","expandsz":"-","frag":"6%","free":"93.9G","health":"DEGRADED"'
const asInPage =
  '"size":"107G","alloc":"13.1G","free":"93.9G","frag":"6%","expandsz":"-","dedup":"1.00x","altroot":"-","capacity":"12%","health":"DEGRADED"'

describe('events of the state of the system', () => {
  it.each([
    [
      'without pools',
      { hostname: 'vm2', priority: '0 - Information' },
      '{"hostname":"vm2","priority":"0 - Information"}',
      '{"hostname":"vm2"}',
    ],
    [
      'with another name of the host',
      { hostname: 'vm2', hostnamechanged: 'true', priority: '3 - Warning' },
      '{"hostname":"vm2","hostnamechanged":"true","priority":"3 - Warning"}',
      '{"hostname":"vm2","hostnamechanged":"true"}',
    ],
    [
      'with a pool as the genuine server sends it',
      { hostname: 'vm2', hostnamechanged: 'true', priority: '9 - Urgent', zpools: { tank: pool } },
      `{"hostname":"vm2","hostnamechanged":"true","priority":"9 - Urgent","zpools":{"tank":{${sorted},"size":"107G"}}}`,
      `{"hostname":"vm2","hostnamechanged":"true","zpools":{"tank":{${asInPage}}}}`,
    ],
    [
      'with the priority of each pool',
      {
        hostname: 'vm2',
        priority: '9 - Urgent',
        zpools: { tank: { ...pool, priority: '9 - Urgent' }, 7: { ...pool, priority: '0 - Information' } },
      },
      `{"hostname":"vm2","priority":"9 - Urgent","zpools":{"7":{${sorted},"priority":"0 - Information","size":"107G"},` +
        `"tank":{${sorted},"priority":"9 - Urgent","size":"107G"}}}`,
      `{"hostname":"vm2","zpools":{"7":{${asInPage},"priority":"0/Information"},"tank":{${asInPage},"priority":"9/Urgent"}}}`,
    ],
    [
      'with updates, which the page does not know',
      { hostname: 'vm2', priority: '2 - Information', updates: { status: 'updatesavailable', details: 'd' } },
      '{"hostname":"vm2","priority":"2 - Information","updates":{"details":"d","status":"updatesavailable"}}',
      '{"hostname":"vm2"}',
    ],
  ])('%s', async (_name, data, sent, written) => {
    const expected = {
      genuine: genuine('system-state', sent),
      documented: documented('system_state', written),
    }
    for (const spelling of spellings) {
      const client = await subscriber(fixtures[spelling], 'system-state')
      fixtures[spelling].publish('sysadm/system-state', data)
      expect(await client.next()).toBe(expected[spelling])
      // The same again before the answer to one more subscribe.
      client.send('{"args":"system-state","id":"again","name":"subscribe","namespace":"events"}')
      expect(await client.next()).toBe(expected[spelling])
      expect(await client.next()).toBe(
        '{"args":{"subscribe":"system-state"},"id":"again","name":"response","namespace":"events"}',
      )
    }
  })
})

const error = (id: string, code: string, message: string) =>
  `{"args":{"code":"${code}","message":"${message}"},"id":"${id}","name":"error","namespace":"error"}`
const EVERYTHING = '{"rpc/dispatcher":"read","rpc/logs":"read/write","rpc/settings":"read/write"}'

describe('after the login', () => {
  it.each([
    [
      '{"args":"dispatcher","id":"1","name":"unsubscribe","namespace":"EVENTS"}',
      '{"args":{"unsubscribe":"dispatcher"},"id":"1","name":"response","namespace":"EVENTS"}',
    ],
    [
      '{"args":["nonesuch"],"id":"1","name":"unsubscribe","namespace":"events"}',
      '{"args":{},"id":"1","name":"response","namespace":"events"}',
    ],
    ['{"args":[],"id":"1","name":"unsubscribe","namespace":"events"}', error('1', '400', 'Bad Request')],
    ['{"args":"x","id":"1","name":"Unsubscribe","namespace":"events"}', error('1', '400', 'Bad Request')],
    [
      '{"args":"","id":"sysadm_client_ping","name":"query","namespace":"rpc"}',
      `{"args":${EVERYTHING},"id":"sysadm_client_ping","name":"response","namespace":"rpc"}`,
    ],
    [
      '{"args":"","name":"Query","namespace":"RPC"}',
      `{"args":${EVERYTHING},"id":"","name":"Query","namespace":"RPC"}`,
    ],
    ['{"args":"","id":"1","name":"Auth","namespace":"rpc"}', error('1', '404', 'Not Found')],
    ['{"args":"","id":"1","name":"auth_ssl_decrypt","namespace":"rpc"}', error('1', '401', 'Unauthorized')],
    ['{"args":"","id":"1","name":"list_connections","namespace":"bridge"}', error('1', '404', 'Not Found')],
    ['{"args":"","id":"1","namespace":"rpc"}', error('', '400', 'Bad Request')],
    [
      '{"args":{"action":"list_ssl_certs"},"id":"1","name":"settings","namespace":"rpc"}',
      '{"args":{},"id":"1","name":"response","namespace":"rpc"}',
    ],
    [
      '{"args":{"action":"list_ssl_checksums"},"id":"1","name":"settings","namespace":"rpc"}',
      '{"args":{"md5_keys":[]},"id":"1","name":"response","namespace":"rpc"}',
    ],
    [
      '{"args":{"action":"revoke_ssl_cert","pub_key":"AAAA"},"id":"1","name":"settings","namespace":"rpc"}',
      error('1', '400', 'Bad Request'),
    ],
    [
      '{"args":{"action":"list_ssl_certs"},"id":"1","name":"settings","namespace":"sysadm"}',
      error('1', '404', 'Not Found'),
    ],
    [
      '{"args":{"action":"list"},"id":"1","name":"Dispatcher","namespace":"rpc"}',
      '{"args":{"jobs":{"no_queue":{}}},"id":"1","name":"response","namespace":"rpc"}',
    ],
  ])('%s is answered', async (sent, expected) => {
    const client = await fixtures.genuine.login()
    expect(await client.ask(sent)).toBe(expected)
  })
})
