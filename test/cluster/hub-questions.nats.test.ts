import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type HubQuestion, HubQuestions, type HubReply } from '../../src/cluster/hub-questions.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { NatsServer } from '../helpers/nats-server.js'
import { realRuntime } from '../helpers/real-runtime.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

const question: HubQuestion = { method: 'hub.status', params: {}, principal: 'admin' }

let clusters = 0

/** Two hubs of which the second answers as given. */
async function asking(
  answer: (question: HubQuestion) => Promise<unknown>,
): Promise<(given?: HubQuestion) => Promise<HubReply>> {
  const cluster = `q${++clusters}`
  const [one, two] = await Promise.all(
    [1, 2].map(() => NatsLink.open({ runtime: realRuntime, servers: server.address })),
  )
  onTestFinished(() => void Promise.all([one.close(), two.close()]))
  const subjectOf = (id: string) => `${cluster}.${id}`
  const asker = new HubQuestions(one, subjectOf, 'one', async () => ({}))
  new HubQuestions(two, subjectOf, 'two', answer)
  await two.flush()
  return async (given = question) => (await asker.ask([{ id: 'two', name: 'Two' }], given))[0]
}

test('a question reaches the hub as it was asked, and its answer comes back with the time that it took', async () => {
  const taken: HubQuestion[] = []
  const ask = await asking(async (given) => {
    taken.push(given)
    return { name: 'two', list: [1, { deep: null }] }
  })
  const before = realRuntime.now()
  const given = { ...question, params: { limit: 3 } }
  const { asked, answered, ...reply } = await ask(given)
  expect(reply).toEqual({ hub: 'Two', result: { name: 'two', list: [1, { deep: null }] } })
  const times = [before, asked, answered, realRuntime.now()]
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(taken).toEqual([given])
})

test('an answer that is longer than NATS takes is refused with its size, and a long one of text is not', async () => {
  const text = 'salt/job/20261123/ret/web1 '.repeat(100_000)
  const ask = await asking(async ({ params }) => ({
    text: params.noise ? randomBytes(2 * 2 ** 20).toString('hex') : params.huge ? text.repeat(4) : text,
  }))
  expect((await ask()).result).toEqual({ text })
  for (const params of [{ noise: true }, { huge: true }])
    expect((await ask({ ...question, params })).error).toMatchObject({
      code: 'TCN_CLUSTER_ANSWER_TOO_LARGE',
      message: expect.stringMatching(/^its answer has \d{7,8} bytes$/),
    })
})

test('a hub works at a bounded number of questions, and refuses the others at once', async () => {
  let finish: (value: unknown) => void = () => undefined
  const work = new Promise((resolve) => {
    finish = resolve
  })
  const ask = await asking(() => work)
  const replies = Array.from({ length: 40 }, () => ask())
  const codes: string[] = []
  for (const reply of replies) void reply.then(({ error }) => error && codes.push(error.code))
  await expect.poll(() => codes.length).toBe(8)
  finish({ done: true })
  expect((await Promise.all(replies)).filter(({ result }) => result !== undefined)).toHaveLength(32)
  expect(new Set(codes)).toEqual(new Set(['TCN_PROTOCOL_TOO_MANY']))
  expect((await ask()).result).toEqual({ done: true })
})
