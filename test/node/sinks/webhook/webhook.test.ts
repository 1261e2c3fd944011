// Runs on each supported Node.js: HTTP parsing and its limits.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { githubSignature, standardSignature } from '../../../../src/protocols/webhook/signature.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { Receiver } from '../../../sinks/receiver.js'
import { QUICK, SinkHub } from '../../../sinks/sink-hub.js'

const secretFile = join(temporaryFolder('webhook'), 'secret')
writeFileSync(secretFile, 'open sesame\n')

const hook = (receiver: Receiver, more = {}) => ({
  hook: { type: 'webhook' as const, url: receiver.url, filter: 'a/', retry: QUICK, ...more },
})

it('events are posted as CloudEvents in their order', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver))
  await hub.publish('a/1', 'b/2', 'a/3')
  await receiver.until(() => receiver.got.length === 2)
  expect(receiver.subjects).toEqual(['a/1', 'a/3'])
  expect(receiver.got[0].headers['content-type']).toBe('application/cloudevents+json')
  expect(JSON.parse(receiver.got[0].body)).toMatchObject({ specversion: '1.0', data: { tag: 'a/1' } })
})

it('a condition in SQL selects events too', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver, { where: "data.tag = 'a/2'" }))
  await hub.publish('a/1', 'a/2')
  await receiver.until(() => receiver.got.length > 0)
  expect(receiver.subjects).toEqual(['a/2'])
})

it('in binary mode the data is the body, and the attributes are headers', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver, { mode: 'binary' }))
  await hub.publish('a/mäh 1%')
  await receiver.until(() => receiver.got.length === 1)
  const [{ headers, body }] = receiver.got
  expect(headers).toMatchObject({
    'ce-specversion': '1.0',
    'ce-subject': 'a/m%C3%A4h%201%25',
    'content-type': 'application/json',
  })
  expect(JSON.parse(body)).toEqual({ tag: 'a/mäh 1%' })
})

it('a batch has what has come while it waited', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver, { mode: 'batch', batch: { events: 3, wait: '10m' } }))
  await hub.publish('a/1', 'a/2', 'a/3')
  await receiver.until(() => receiver.got.length === 1)
  expect(receiver.subjects).toEqual(['a/1', 'a/2', 'a/3'])
  expect(receiver.got[0].headers['content-type']).toBe('application/cloudevents-batch+json')
})

it('what is posted can be signed, with id and time against replays', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver, { secretFile, bearerFile: secretFile }))
  await hub.publish('a/1')
  await receiver.until(() => receiver.got.length === 1)
  const [{ headers, body }] = receiver.got
  const [id, time] = [String(headers['webhook-id']), Number(headers['webhook-timestamp'])]
  expect(headers['webhook-signature']).toBe(standardSignature('open sesame', id, time, Buffer.from(body)))
  expect(headers.authorization).toBe('Bearer open sesame')
})

it("what is posted can be signed in GitHub's form", async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver, { secretFile, signature: 'github' }))
  await hub.publish('a/1')
  await receiver.until(() => receiver.got.length === 1)
  const [{ headers, body }] = receiver.got
  expect(headers['x-hub-signature-256']).toBe(githubSignature('open sesame', Buffer.from(body)))
})

it('events wait in their order for a server that is not there', async () => {
  const gone = await Receiver.start()
  const { port } = gone
  const settings = hook(gone)
  await gone[Symbol.asyncDispose]()
  await using hub = await SinkHub.start(settings)
  await hub.publish('a/1', 'a/2', 'a/3')
  const [sink] = await hub.until(([{ failures }]) => failures >= 2)
  expect(sink).toMatchObject({ state: 'retrying', delivered: 0, lagEvents: expect.any(Number) })
  expect(sink.reason).toContain('ECONNREFUSED')
  await using receiver = await Receiver.start(port)
  await receiver.until(() => receiver.got.length === 3)
  expect(receiver.subjects).toEqual(['a/1', 'a/2', 'a/3'])
  await hub.until(([{ state, delivered }]) => state === 'up' && delivered === 3)
})

it('a server that hangs up, or does not answer in time, gets the event again', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver, { timeout: '100ms' }))
  receiver.answer = (_request, response) => {
    if (receiver.got.length === 1) response.destroy()
    else if (receiver.got.length > 2) response.end('ok')
  }
  await hub.publish('a/1', 'a/2')
  await receiver.until(() => receiver.got.length === 4)
  expect(receiver.subjects).toEqual(['a/1', 'a/1', 'a/1', 'a/2'])
})

it('a server that is busy is asked again when it wants to be', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver))
  receiver.answer = (_request, response) =>
    response.writeHead(429, { 'Retry-After': '3000' }).end('slow down')
  await hub.publish('a/1')
  const [{ nextTry, reason, parked }] = await hub.until(([{ failures }]) => failures === 1)
  expect(nextTry! / 1e6 - Date.now() / 1000).toBeGreaterThan(2900)
  expect(reason).toBe('HTTP 429: slow down')
  expect(parked).toBe(0)
})

it('an event that is refused is parked with the reason, and can be delivered again by command', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver, { retry: { ...QUICK, tries: 2 } }))
  receiver.answer = ({ body }, response) => {
    response.writeHead(body.includes('a/bad') ? 422 : 200).end('no such field')
  }
  await hub.publish('a/bad', 'a/good')
  await receiver.until(() => receiver.got.length === 3)
  expect(receiver.subjects).toEqual(['a/bad', 'a/bad', 'a/good'])
  const [{ parked, parkedEvents }] = await hub.until(([sink]) => sink.parkedEvents === 1)
  expect([parked, parkedEvents]).toEqual([1, 1])
  const { parked: list } = await hub.request<{ parked: object[] }>('parked.list')
  expect(list).toMatchObject([
    { consumer: 'sink.hook', tag: 'a/bad', tries: 2, reason: 'HTTP 422: no such field; 2 tries' },
  ])
  receiver.answer = 200
  await hub.request('parked.redeliver', { consumer: 'sink.hook' })
  await hub.until(([sink]) => sink.parkedEvents === 0)
  expect(receiver.subjects.at(-1)).toBe('a/bad')
})

it('only the event of a batch that is refused is parked', async () => {
  await using receiver = await Receiver.start()
  const batch = { mode: 'batch', batch: { events: 3, wait: '10m' }, retry: { ...QUICK, tries: 1 } }
  await using hub = await SinkHub.start(hook(receiver, batch))
  receiver.answer = ({ body }, response) => response.writeHead(body.includes('a/bad') ? 400 : 200).end()
  await hub.publish('a/1', 'a/bad', 'a/3')
  const [sink] = await hub.until(([{ delivered, parkedEvents }]) => delivered === 2 && parkedEvents === 1)
  expect(sink.state).toBe('up')
})

it.each([
  ['some', 207, (items: object[]) => ({ items })],
  ['all', 403, (items: object[]) => ({ code: 'TCN_ACCESS_DENIED', details: { items } })],
])(
  'the events of a batch that another hub refuses are parked, and sent once: %s',
  async (which, status, body) => {
    await using receiver = await Receiver.start()
    const batch = { mode: 'batch', batch: { events: 3, wait: '10m' } }
    await using hub = await SinkHub.start(hook(receiver, batch))
    const refused = { code: 'TCN_ACCESS_DENIED', detail: 'it may not publish a/2' }
    const items = [1, 2, 3].map((n) => (which === 'all' || n === 2 ? refused : { cursor: `e-${n}` }))
    receiver.answer = (_, response) => response.writeHead(status).end(JSON.stringify(body(items)))
    await hub.publish('a/1', 'a/2', 'a/3')
    const parked = which === 'all' ? 3 : 1
    const [sink] = await hub.until(([{ parkedEvents }]) => parkedEvents === parked)
    expect(sink).toMatchObject({ state: 'up', delivered: 3 - parked })
    expect(receiver.got).toHaveLength(1)
  },
)

it('a sink pauses when its destination is gone, and continues where it was when it is resumed', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver))
  receiver.answer = 410
  await hub.publish('a/1', 'a/2')
  const [{ reason }] = await hub.until(([{ state }]) => state === 'paused')
  expect(reason).toBe('HTTP 410')
  receiver.answer = 200
  await hub.request('sinks.resume', { name: 'hook' })
  await hub.until(([{ delivered }]) => delivered === 2)
  expect(receiver.subjects).toEqual(['a/1', 'a/1', 'a/2'])
})

it('a sink that waits for its next attempt makes it at once when it is resumed', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver, { retry: { pause: '10m', maxPause: '10m' } }))
  receiver.answer = 503
  await hub.publish('a/1', 'a/2')
  const [{ nextTry }] = await hub.until(([{ state }]) => state === 'retrying')
  expect(nextTry).toBeGreaterThan(Date.now() * 1000)
  receiver.answer = 200
  await hub.request('sinks.resume', { name: 'hook' })
  await hub.until(([{ delivered }]) => delivered === 2)
  expect(receiver.subjects).toEqual(['a/1', 'a/1', 'a/2'])
})

it('secrets are not sent to another server that the first one names', async () => {
  await using other = await Receiver.start()
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver, { bearerFile: secretFile }))
  receiver.answer = ({ url }, response) => {
    if (url === '/hook') response.writeHead(307, { Location: '/moved' }).end()
    else response.writeHead(308, { Location: other.url }).end()
  }
  await hub.publish('a/1')
  const [{ reason }] = await hub.until(([{ failures }]) => failures > 0)
  expect(receiver.got.map(({ url }) => url).slice(0, 2)).toEqual(['/hook', '/moved'])
  expect(reason).toContain('which is not followed')
  expect(other.got).toEqual([])
})

it('an answer without an end is read only to a limit', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver))
  receiver.answer = (_request, response) => void response.writeHead(200).write('x'.repeat(100_000))
  await hub.publish('a/1')
  await hub.until(([{ delivered }]) => delivered === 1)
})

it('with several deliveries at once, one that hangs holds up nothing else', async () => {
  await using receiver = await Receiver.start()
  await using hub = await SinkHub.start(hook(receiver, { parallel: 2 }))
  let answerFirst = () => {}
  receiver.answer = ({ body }, response) => {
    if (body.includes('a/1')) answerFirst = () => response.end()
    else response.end()
  }
  await hub.publish('a/1', 'a/2', 'a/3', 'a/4')
  await hub.until(([{ delivered }]) => delivered === 3)
  answerFirst()
})
