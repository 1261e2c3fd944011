import { expect, it } from 'vitest'
import { encodeFrame, setFrameSeq, setFrameTime } from '../../../src/event/frame.js'
import { encode } from '../../../src/event/index.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import { RawPeer } from './raw-peer.js'

const EPOCH = 'edgeepoch0000'

function frameAt(seq: number, time: number): Uint8Array {
  const frame = encodeFrame({ tag: 'demo/x', source: 'web1', body: encode({}) })
  setFrameSeq(frame, 0, seq)
  setFrameTime(frame, 0, time)
  return frame
}

function pageOf(...frames: Uint8Array[]): object {
  return { frames: Buffer.concat(frames), count: frames.length, cursor: `${EPOCH}-9`, gaps: [] }
}

/** An edge hub that answers questions, or what says that it does. */
async function attached(test: TestHub, answers?: 'all' | 'some'): Promise<RawPeer> {
  const peer = new RawPeer(test.address.slice('unix:'.length))
  const edge = { name: 'web1', ...(answers && { answers }) }
  peer.send('hello', { version: 1, features: ['edge'], producer: `edge:web1:${EPOCH}`, edge })
  await peer.skipTo('welcome')
  return peer
}

/** The question of a client, whose answer is named in the outcome. */
function ask(test: TestHub, params: object = {}): Promise<string> {
  return test.connect().then((client) =>
    client
      .request('events.read', { edges: 'web1', timeout: 500, ...params })
      .then(
        ({ count, asked }) => `${count} ${asked?.missing.map(({ code }) => code).join()}`,
        (error) => String(error.code),
      )
      .finally(() => client.close()),
  )
}

it.each([
  [
    'a reply without a request',
    (peer: RawPeer, id: number) => peer.send('reply', { id: id + 1, result: {} }),
  ],
  [
    'a part that is not bytes',
    (peer: RawPeer, id: number) => peer.send('reply', { id, more: true, result: [1] }),
  ],
  [
    'a result that is no map after parts',
    (peer: RawPeer, id: number) =>
      peer.send('reply', { id, more: true, result: new Uint8Array(1) }).send('reply', { id, result: 3 }),
  ],
])('%s ends the connection of the edge hub', async (_, misbehave) => {
  await using test = await startTestHub()
  const peer = await attached(test, 'all')
  const asked = ask(test)
  const { body } = await peer.skipTo('request')
  misbehave(peer, body.id)
  const { body: error } = await peer.skipTo('error')
  expect(error.code).toBe('TCN_PROTOCOL_BODY')
  expect(await asked).toBe('0 TCN_EDGE_AWAY')
})

it('parts without end are bounded', async () => {
  await using test = await startTestHub()
  const peer = await attached(test, 'all')
  const asked = ask(test, { timeout: 60_000 })
  const { body } = await peer.skipTo('request')
  const piece = new Uint8Array(1000 * 1024)
  for (let n = 0; n < 40; n++) peer.send('reply', { id: body.id, more: true, result: piece })
  const { body: error } = await peer.skipTo('error')
  expect(error.code).toBe('TCN_PROTOCOL_BODY')
  expect(await asked).toBe('0 TCN_EDGE_AWAY')
})

it('parts of a byte each do not become objects without end', async () => {
  await using test = await startTestHub()
  const peer = await attached(test, 'all')
  const asked = ask(test, { timeout: 60_000 })
  const { body } = await peer.skipTo('request')
  for (let n = 0; n < 100; n++) peer.send('reply', { id: body.id, more: true, result: new Uint8Array(1) })
  const { body: error } = await peer.skipTo('error')
  expect(error).toMatchObject({ code: 'TCN_PROTOCOL_BODY', message: expect.stringContaining('1024 bytes') })
  expect(await asked).toBe('0 TCN_EDGE_AWAY')
})

it('a reply of an edge hub that answers no questions is out of order', async () => {
  await using test = await startTestHub()
  const peer = await attached(test)
  expect(await ask(test)).toBe('0 TCN_EDGE_SILENT')
  peer.send('reply', { id: 1, result: {} })
  expect((await peer.skipTo('error')).body.code).toBe('TCN_PROTOCOL_ORDER')
})

it.each([
  ['no map', 5],
  ['frames that are text', { frames: 'x', cursor: `${EPOCH}-1`, gaps: [] }],
  ['frames that are none', { frames: new Uint8Array(50), cursor: `${EPOCH}-1`, gaps: [] }],
  ['a gap of another kind', { frames: new Uint8Array(0), cursor: `${EPOCH}-1`, gaps: [{ from: 'x' }] }],
  ['no cursor', { frames: new Uint8Array(0), gaps: [] }],
  ['an event again', pageOf(frameAt(2, 20), frameAt(2, 20))],
  ['events of a time that goes back', pageOf(frameAt(1, 30), frameAt(2, 20))],
  ['a time that no log has', pageOf(frameAt(1, 2 ** 60))],
  ['more events than were asked for', pageOf(...Array.from({ length: 400 }, (_, n) => frameAt(n + 1, n)))],
])('an answer that is %s counts as none, and the edge hub stays', async (_, result) => {
  await using test = await startTestHub()
  const peer = await attached(test, 'all')
  const asked = ask(test)
  const { body } = await peer.skipTo('request')
  peer.send('reply', { id: body.id, result })
  expect(await asked).toBe('0 TCN_EDGE_ANSWER')
  expect([...test.hub.observers.edges.askable()]).toEqual([expect.objectContaining({ isUp: true })])
})

it('an edge hub that always has more, and no events, is left behind when its time is over', async () => {
  await using test = await startTestHub()
  const peer = await attached(test, 'all')
  let isOver = false
  const answering = (async () => {
    while (!isOver) {
      const { body } = await peer.skipTo('request').catch(() => ({ body: undefined }))
      if (body === undefined) return
      const cursor = `${EPOCH}-1`
      peer.send('reply', {
        id: body.id,
        result: { frames: new Uint8Array(0), cursor, next: cursor, gaps: [] },
      })
    }
  })()
  expect(await ask(test)).toBe('0 TCN_EDGE_LATE')
  isOver = true
  peer.socket.destroy()
  await answering
})

it('an edge hub that does not answer hears that it need not any more', async () => {
  await using test = await startTestHub()
  const peer = await attached(test, 'all')
  expect(await ask(test)).toBe('0 TCN_EDGE_LATE')
  const { body } = await peer.skipTo('request')
  expect((await peer.skipTo('cancel')).body).toEqual({ id: body.id })
  // Its answer is too late.
  peer.send('reply', { id: body.id, result: {} })
  peer.send('ping', { id: 7 })
  expect((await peer.skipTo('pong')).body).toEqual({ id: 7 })
})

it('a client that leaves takes its question with it', async () => {
  await using test = await startTestHub()
  const peer = await attached(test, 'all')
  const client = await test.connect()
  const asked = client.request('events.read', { edges: 'web1', timeout: 60_000 }).catch(() => undefined)
  const { body } = await peer.skipTo('request')
  await client.close()
  expect((await peer.skipTo('cancel')).body).toEqual({ id: body.id })
  await asked
})

it('what an edge hub says of others counts for nothing', async () => {
  await using test = await startTestHub()
  const peer = await attached(test, 'all')
  const asked = ask(test, { edges: 'web1,web2' })
  const { body } = await peer.skipTo('request')
  const missing = [{ edge: '/x', code: 'TCN_INTERNAL', reason: 'x'.repeat(10_000) }]
  const report = { asked: 1_000_000, answered: 1_000_000, missing }
  peer.send('reply', { id: body.id, result: { ...pageOf(frameAt(1, 1)), asked: report } })
  expect(await asked).toBe('1 TCN_EDGE_UNKNOWN')
})
