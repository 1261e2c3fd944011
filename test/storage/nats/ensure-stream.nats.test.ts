import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { JetStreamLog } from '../../../src/log/jetstream/jetstream-log.js'
import { JetStreamApi } from '../../../src/storage/nats/jetstream-api.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { type RawMessage, ReceivedMessage } from '../../../src/storage/nats/raw-message.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { newStream } from '../../log/jetstream/open-log.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

const notFound = { error: { code: 404, err_code: 10059, description: 'stream not found' } }

/** A connection to a server that has just been started: the first requests for a stream do not find it. */
async function linkToStarting(missed: number): Promise<NatsLink> {
  const link = await NatsLink.open({ runtime: realRuntime, servers: server.address })
  const request = link.request.bind(link)
  let left = missed
  link.request = async (subject, ...rest) =>
    subject.startsWith('$JS.API.STREAM.INFO.') && left-- > 0 ? answer(notFound) : request(subject, ...rest)
  return link
}

function answer(body: object): RawMessage {
  const bytes = Buffer.from(JSON.stringify(body))
  return new ReceivedMessage(bytes, 0, 0, 0, 0, 0, 0, bytes.length)
}

test.each([1, 2])(
  'a hub that starts while NATS does opens its log, though %d requests do not find it',
  async (missed) => {
    const stream = newStream()
    const options = { runtime: realRuntime, stream, prefix: stream, typeOf: (tag: string) => tag }
    const before = await JetStreamLog.open({ ...options, link: await linkToStarting(0) })
    const { epoch } = before
    // The stream has other limits since then, so that the server takes another one of its name for a mistake.
    await before.compact({ count: 1000, age: 3600e6 }, 'automatic')
    await before.close()
    const log = await JetStreamLog.open({ ...options, link: await linkToStarting(missed) })
    onTestFinished(() => log.close())
    expect(log.epoch).toBe(epoch)
  },
)

test('a stream that another program has under the name is still refused', async () => {
  const link = await linkToStarting(1)
  onTestFinished(() => link.close())
  const stream = newStream()
  const options = { runtime: realRuntime, stream, prefix: stream, typeOf: (tag: string) => tag }
  const api = new JetStreamApi(link)
  await api.create({
    ...{ name: stream, subjects: [`${stream}.other`], retention: 'limits', storage: 'file', discard: 'old' },
    ...{ num_replicas: 1, max_age: 0, max_bytes: -1, max_msgs: -1, max_msgs_per_subject: -1 },
  })
  await expect(JetStreamLog.open({ ...options, link })).rejects.toMatchObject({ code: 'TCN_NATS_STREAM' })
})
