import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { JetStreamLog } from '../../../src/log/jetstream/jetstream-log.js'
import { NatsLink } from '../../../src/storage/nats/link.js'
import { ReceivedMessage } from '../../../src/storage/nats/raw-message.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime as runtime } from '../../helpers/real-runtime.js'
import { newStream } from './open-log.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

/** A connection to a server whose answers about streams have a time, as since 2.10, or none. */
async function linkTo(ts: string | undefined): Promise<NatsLink> {
  const link = await NatsLink.open({ runtime, servers: server.address })
  const request = link.request.bind(link)
  link.request = async (subject, ...rest) => {
    const answer = await request(subject, ...rest)
    if (!subject.startsWith('$JS.API.STREAM.INFO.')) return answer
    const bytes = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(answer.payload).toString()), ts }))
    return new ReceivedMessage(bytes, 0, 0, 0, 0, 0, 0, bytes.length)
  }
  return link
}

test.each([
  ['2030-01-02T03:04:05.123456789Z', Date.UTC(2030, 0, 2, 3, 4, 5) * 1000 + 123_456],
  [undefined, undefined],
])('a log that has caught up with a server that says the time %s has it', async (ts, time) => {
  const stream = newStream()
  const options = { runtime, link: await linkTo(ts), stream, prefix: stream, typeOf: (tag: string) => tag }
  const log = await JetStreamLog.open(options)
  onTestFinished(() => log.close())
  expect(await log.caughtUp()).toBe(time)
})
