import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { HubRequests } from '../../src/cluster/hub-requests.js'
import { TocsinError } from '../../src/errors/tocsin-error.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

let clusters = 0

/** Two hubs of which the second answers as given. */
async function asking(answer: (request: unknown) => Promise<unknown>) {
  const cluster = `r${++clusters}`
  const [one, two] = await Promise.all(
    [1, 2].map(() => NatsLink.open({ runtime: realRuntime, servers: server.address })),
  )
  onTestFinished(() => void Promise.all([one.close(), two.close()]))
  const subjectOf = (id: string) => `${cluster}.${id}`
  const asker = new HubRequests(one, subjectOf, 'one', async () => ({}))
  const other = new HubRequests(two, subjectOf, 'two', answer)
  await two.flush()
  return { ask: (request: unknown, ms = 5_000) => asker.ask('two', request, ms), other, two }
}

test('a request and its answer carry bytes as they are', async () => {
  const frames = new Uint8Array(256).map((_, nth) => nth)
  const { ask } = await asking(async (request) => ({ frames, request }))
  expect(await ask({ edge: 'web1', bytes: frames })).toEqual({
    frames,
    request: { edge: 'web1', bytes: frames },
  })
})

test('the error of the other hub is the error here', async () => {
  const { ask } = await asking(() => Promise.reject(new TocsinError('TCN_EDGE_AWAY', 'it has left')))
  await expect(ask({})).rejects.toMatchObject({
    code: 'TCN_EDGE_AWAY',
    message: expect.stringMatching(/it has left$/),
  })
})

test('an answer that is longer than NATS takes, one that is late and a hub that has ended are errors', async () => {
  const answers = [new Uint8Array(2 ** 20)]
  const { ask, other, two } = await asking(async () => answers.pop() ?? new Promise(() => {}))
  await expect(ask({})).rejects.toMatchObject({ code: 'TCN_CLUSTER_ANSWER_TOO_LARGE' })
  await expect(ask({}, 50)).rejects.toMatchObject({ code: 'TCN_CLUSTER_NO_ANSWER' })
  other.close()
  await two.flush()
  await expect(ask({})).rejects.toMatchObject({
    code: 'TCN_CLUSTER_NO_ANSWER',
    message: expect.stringMatching(/ended/),
  })
})
