import { expect, test } from 'vitest'
import { AppendPipeline } from '../../../src/log/jetstream/append-pipeline.js'
import { runOf } from '../../../src/log/jetstream/message-writer.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'

const TERM = 5
const FIRST = 8
const header = `NATS/1.0\r\nce-subject: e\r\ntocsin-term: ${TERM}\r\n\r\n`

/** A stream that has stored three messages of a term, of which no answer came, and a hub that has received them. */
function withoutAnswers() {
  const runtime = new FakeRuntime()
  const delivered = FIRST + 2
  const stream = { last: delivered, repeated: 0, asked: 0, stored: 0, hindered: [] as string[] }
  const link = {
    runtime,
    inbox: () => 'inbox',
    subscribe: () => () => undefined,
    publishWire: () => undefined,
    publish: () => void stream.repeated++,
  }
  const api = {
    info: async () => ({ created: 'c', state: { first_seq: 1, last_seq: stream.last } }),
    leaveLead: async () => void stream.asked++,
    message: async () => ({ header }),
  }
  const pipeline = new AppendPipeline({
    ...({ link, api } as unknown as Pick<ConstructorParameters<typeof AppendPipeline>[0], 'link' | 'api'>),
    ...{ stream: 's', created: 'c', term: TERM, next: FIRST, window: 16, deadlineMs: 25_000 },
    known: () => delivered,
    mayAppend: () => true,
    hindered: ({ code }) => stream.hindered.push(code),
    stored: (place) => {
      stream.stored = place
    },
    over: () => undefined,
  })
  for (let place = FIRST; place <= delivered; place++)
    pipeline.append(runOf({ subject: 'e', header, payload: Buffer.from('x') }, pipeline.replyOf(place, true)))
  return { runtime, stream, delivered }
}

test('nothing is repeated to a leader that lacks what a hub has received, and another one is asked for', async () => {
  const { runtime, stream, delivered } = withoutAnswers()
  stream.last = FIRST - 1
  await runtime.pass(10_000)
  expect(stream).toMatchObject({ repeated: 0, stored: 0 })
  expect(stream.asked).toBeGreaterThan(1)
  expect(new Set(stream.hindered)).toEqual(new Set(['TCN_NATS_SHORT']))
  stream.last = delivered
  await runtime.pass(1000)
  expect(stream).toMatchObject({ repeated: 0, stored: delivered })
})
