import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import { damageLog } from '../../helpers/damage-log.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const config = { log: { segment: { bytes: '1MiB' }, compression: 'off' as const } }
const COUNT = 2000
const NEEDLE = 700

/** Starts a hub whose log has a damaged chunk, with event 700 in it, in its first segment. */
async function damagedHub(): Promise<{ hub: TestHub; data: string }> {
  const data = temporaryFolder('damage')
  const before = await startTestHub({ data, config })
  const client = await before.connect()
  for (let nth = 1; nth <= COUNT; nth++) {
    const text = nth === NEEDLE ? 'NEEDLE' : 'x'
    if (!client.push(`t/${nth}`, text.padEnd(1000))) await client.drain()
  }
  await client.drain()
  await client.close()
  await before.close()
  damageLog(data, 'NEEDLE')
  return { hub: await startTestHub({ data, config, http: true }), data }
}

/** Resolves with the messages of a WebSocket up to the one that `isLast` accepts. */
function messages(
  url: string,
  protocol: string,
  headers: Record<string, string>,
  first: unknown[],
  isLast: (message: Record<string, unknown>) => boolean,
): Promise<Record<string, unknown>[]> {
  const socket = new WebSocket(url, protocol, { headers })
  const all: Record<string, unknown>[] = []
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('open', () => {
      for (const message of first) socket.send(JSON.stringify(message))
    })
    socket.on('message', (text) => {
      all.push(JSON.parse(String(text)))
      if (!isLast(all.at(-1)!)) return
      socket.terminate()
      resolve(all)
    })
  })
}

test('every face tells a damaged chunk as one gap, and the hub publishes one event about it', async () => {
  const { hub, data } = await damagedHub()
  hub.hub.start()
  const client = await hub.connect()
  const { token } = await client.request<{ token: string }>('tokens.add', {
    name: 'me',
    rights: { see: '*' },
  })

  const seqs: number[] = []
  const gaps: { from: number; to: number; why: string; code: string }[] = []
  for await (const item of client.read('t/', { from: 'start' })) {
    if (item.status === undefined) seqs.push(item.seq)
    else if (item.status === 'gap') gaps.push(item)
  }
  expect(gaps).toMatchObject([{ why: 'damaged', code: 'GAP_DAMAGED' }])
  const [{ from, to }] = gaps
  expect(from).toBeLessThanOrEqual(NEEDLE)
  expect(to).toBeGreaterThanOrEqual(NEEDLE)
  expect(seqs).toHaveLength(COUNT - (to - from + 1))

  const headers = { authorization: `Bearer ${token}` }
  const stream = await fetch(`${hub.http}/v1/stream?from=start&to=@${COUNT}`, { headers })
  const sse = await stream.text()
  expect(sse.match(/event: gap\n/g)).toHaveLength(1)
  expect(sse).toContain(`"from":${from},"to":${to},"reason":"damaged"`)

  const url = `${hub.http.replace('http', 'ws')}/v1/ws`
  const opening = [
    { op: 'hello', version: 1 },
    { op: 'subscribe', filters: 't/', from: 'start' },
  ]
  const json = await messages(url, 'tocsin.v1+json', headers, opening, ({ op }) => op === 'live')
  expect(json.filter(({ op }) => op === 'gap')).toMatchObject([{ from, to, reason: 'damaged' }])

  const query = '?filter=t/&from=start'
  const isLive = ({ type }: Record<string, unknown>) => type === 'tocsin.live'
  const cloudEvents = await messages(url + query, 'cloudevents.json', headers, [], isLive)
  const told = cloudEvents.filter(({ type }) => type === 'tocsin.gap').map(({ data }) => data)
  expect(told).toMatchObject([{ from, to, reason: 'damaged' }])

  const page = await client.request('events.read', { from: `@${from}`, limit: 1 })
  expect(page).toMatchObject({ gaps: [{ from, to, reason: 'damaged' }], count: 1 })
  expect(await client.request('gaps.list', {})).toMatchObject({
    gaps: [{ kind: 'log', from, to, reason: 'damaged' }],
  })

  const published: unknown[] = []
  for await (const event of client.read('hub/log/', { from: 'start' }).events()) published.push(event.data)
  expect(published).toMatchObject([{ from, to }])
  expect(JSON.stringify(published)).not.toContain(data)
  await client.close()
  await hub.close()
})
