import { expect, it } from 'vitest'
import { PASSWORD, SysadmClient, startSysadm } from './fixture.js'

/** The frames of one session, as the genuine client sends them; only their values differ between two runs. */
it('serves a client from the connection to the logs', async () => {
  await using fixture = await startSysadm({
    hub: { config: { jobs: { programs: ['echo', 'sleep'], killAfter: '200ms' } } },
    before: ({ bus }) => {
      const pool = { alloc: '13.1G', altroot: '-', capacity: '12%', dedup: '1.00x', expandsz: '-' }
      const tank = { ...pool, frag: '6%', free: '93.9G', health: 'DEGRADED', size: '107G' }
      const data = { hostname: 'vm2', hostnamechanged: 'true', priority: '9 - Urgent', zpools: { tank } }
      bus.emit({ tag: 'sysadm/system-state', data })
    },
  })
  const client = await SysadmClient.open(fixture.url)
  const asks = async (text: string, ...answers: (string | RegExp)[]) => {
    client.send(text)
    for (const answer of answers) {
      if (typeof answer === 'string') expect(timeless(await client.next())).toBe(answer)
      else expect(await client.next()).toMatch(answer)
    }
  }

  await asks(
    '{"args":"","id":"0","name":"query","namespace":"rpc"}',
    '{"args":{"code":"401","message":"Unauthorized"},"id":"0","name":"error","namespace":"error"}',
  )
  await asks(
    '{"args":"","id":"sysadm_client_identify","name":"identify","namespace":"rpc"}',
    /^\{"args":\{"hostname":"[^"]+","type":"server"\},"id":"sysadm_client_identify","name":"response","namespace":"rpc"\}$/,
  )
  await asks(
    `{"args":{"password":"${PASSWORD}","username":"root"},"id":"sysadm-client-auth-auto","name":"auth","namespace":"rpc"}`,
    /^\{"args":\["[A-Za-z0-9]{20}",0\],"id":"sysadm-client-auth-auto","name":"response","namespace":"rpc"\}$/,
  )
  await asks(
    '{"args":"system-state","id":"sysadm-client-event-auto","name":"subscribe","namespace":"events"}',
    '{"args":{"hostname":"vm2","hostnamechanged":"true","priority":"9 - Urgent","zpools":{"tank":{"alloc":"13.1G","altroot":"-","capacity":"12%","dedup":"1.00x","expandsz":"-","frag":"6%","free":"93.9G","health":"DEGRADED","size":"107G"}}},"id":"","name":"system-state","namespace":"events"}',
    '{"args":{"subscribe":"system-state"},"id":"sysadm-client-event-auto","name":"response","namespace":"events"}',
  )
  await asks(
    '{"args":"dispatcher","id":"sysadm-client-event-auto","name":"subscribe","namespace":"events"}',
    '{"args":{"subscribe":"dispatcher"},"id":"sysadm-client-event-auto","name":"response","namespace":"events"}',
  )

  // The answer and the first event may come in either order.
  client.send('{"args":{"ID1":"echo sample1","action":"run"},"id":"r","name":"dispatcher","namespace":"rpc"}')
  const three = [await client.next(), await client.next(), await client.next()].map(timeless)
  expect(three.filter((text) => text.includes('"id":"r"'))).toEqual([
    '{"args":{"started":["ID1"]},"id":"r","name":"response","namespace":"rpc"}',
  ])
  expect(three.filter((text) => text.includes('"id":""'))).toEqual([
    '{"args":{"process_id":"ID1","state":"running"},"id":"","name":"dispatcher","namespace":"events"}',
    '{"args":{"cmd_list":["echo sample1"],"echo sample1":"sample1\\n","process_id":"ID1","return_codes/echo sample1":"0","state":"finished","time_finished":"TIME","time_started":"TIME"},"id":"","name":"dispatcher","namespace":"events"}',
  ])

  client.send(
    '{"args":{"action":"run","longjob":"sleep 300"},"id":"r","name":"dispatcher","namespace":"rpc"}',
  )
  await client.next()
  await client.next()
  await asks(
    '{"args":{"action":"list"},"id":"l","name":"dispatcher","namespace":"rpc"}',
    '{"args":{"jobs":{"no_queue":{"longjob":{"commands":["sleep 300"],"state":"running"}}}},"id":"l","name":"response","namespace":"rpc"}',
  )
  await asks(
    '{"args":{"action":"kill","job_id":"longjob"},"id":"k","name":"dispatcher","namespace":"rpc"}',
    '{"args":{"killed":{"jobs":["longjob"]}},"id":"k","name":"response","namespace":"rpc"}',
    /"return_codes\/sleep 300":"-1",.*"state":"finished"/,
    /"return_codes\/sleep 300":"15",.*"state":"finished"/,
  )
  client.send(
    '{"args":{"action":"read_logs","logs":"events-dispatcher","time_format":"relative_day","start_time":"1"},"id":"g","name":"logs","namespace":"rpc"}',
  )
  const { args } = JSON.parse(await client.next()) as {
    args: Record<string, Record<string, Record<string, unknown>>>
  }
  const ended = Object.values(args['events-dispatcher']).filter((each) => 'time_finished' in each)
  expect(ended.map(({ process_id }) => process_id).sort()).toEqual(['ID1', 'longjob'])

  // No answer: what comes next is the answer to the next request.
  client.send('{"args":"","id":"c","name":"auth_clear","namespace":"rpc"}')
  await asks(
    '{"args":"","id":"n","name":"query","namespace":"rpc"}',
    '{"args":{"code":"401","message":"Unauthorized"},"id":"n","name":"error","namespace":"error"}',
  )
  client.close()
})

function timeless(text: string): string {
  return text.replaceAll(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"/g, '"TIME"')
}
