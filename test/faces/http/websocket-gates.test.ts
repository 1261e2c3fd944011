import { afterEach, expect, test } from 'vitest'
import { type HttpFixture, startHttpFixture } from './fixture.js'
import { type Messages, openWebSocket } from './websocket-driver.js'

let hub: HttpFixture
afterEach(() => hub.close())

async function dial(as: string): Promise<Messages> {
  const messages = await openWebSocket(`${hub.url}/v1/ws`, 'tocsin.v1+json')
  say(messages, { op: 'hello', version: 1, token: as })
  await next(messages, 'welcome')
  return messages
}

const say = ({ socket }: Messages, record: object) => socket.send(JSON.stringify(record))

async function next(messages: Messages, op: string): Promise<Record<string, unknown>> {
  for (;;) {
    const message = await messages.json()
    if (message === undefined) throw new Error('the connection closed')
    if (message.op === op) return message
  }
}

test('a gate is opened and answered over JSON, and a subscriber without an answer is named', async () => {
  hub = await startHttpFixture()
  const guard = await dial('admin')
  say(guard, { op: 'subscribe', filters: 'deploy/', gates: ['deploy'] })
  await next(guard, 'live')
  const publisher = await dial('admin')
  const open = (counter: number, deadline: number) => {
    say(publisher, { op: 'gate', name: 'deploy', counter, deadline })
    say(publisher, { op: 'event', counter, tag: 'deploy/web', data: counter })
  }

  open(1, 10_000)
  const asked = await next(guard, 'gate')
  expect(asked).toMatchObject({ name: 'deploy', seq: 1 })
  say(guard, { op: 'gateDone', name: 'deploy', seq: asked.seq, answer: { go: true } })
  expect(await next(publisher, 'gateDone')).toMatchObject({
    counter: 1,
    answers: [{ answer: { go: true } }],
    missing: [],
  })

  open(2, 50)
  expect(await next(publisher, 'gateDone')).toMatchObject({
    counter: 2,
    answers: [],
    missing: [{ reason: 'timeout' }],
  })
  guard.socket.terminate()
  publisher.socket.terminate()
})
