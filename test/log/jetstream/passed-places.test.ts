import { expect, onTestFinished, test } from 'vitest'
import type { SeqRange } from '../../../src/log/event-log.js'
import { JetStreamLog } from '../../../src/log/jetstream/jetstream-log.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { ModelLink } from '../../simulation/nats/link.js'
import { NatsModel } from '../../simulation/nats/server.js'
import { append, frameOf } from '../conformance/tools.js'
import { endless } from './open-log.js'

const soon = (run: () => void) => void setImmediate(run)

/** What a connection carries down while the test lets it. */
class Downwards {
  isLost = false
  readonly carry = (run: () => void): void => {
    if (!this.isLost) soon(run)
  }
}

async function opened(model: NatsModel, down: (run: () => void) => void = soon): Promise<JetStreamLog> {
  const link = new ModelLink(realRuntime, model, { up: soon, down, close: () => undefined })
  const names = { prefix: 'LOG', stream: 'LOG', window: 16 }
  const log = await JetStreamLog.open({ runtime: realRuntime, link, ...names, typeOf: (tag) => tag })
  onTestFinished(() => log.close())
  return log
}

/** Two hubs, of which the second has a connection that can be lost, and what the second one says and delivers. */
async function twoHubs() {
  const model = new NatsModel(realRuntime)
  const primary = await opened(model)
  await primary.lead(endless)
  const down = new Downwards()
  const other = await opened(model, down.carry)
  const heard: (number | SeqRange)[] = []
  other.onStored(({ firstSeq, lastSeq }) => {
    for (let seq = firstSeq; seq <= lastSeq; seq++) heard.push(seq)
  })
  other.onDoubt({
    short: () => undefined,
    diverged: () => undefined,
    expired: (range) => heard.push(range),
  })
  return { model, primary, other, down, heard }
}

test('events that retention removes while a hub does not hear NATS are one gap between what it has and what follows', async () => {
  const { primary, other, down, heard } = await twoHubs()
  await append(primary, [frameOf('heard')])
  await expect.poll(() => heard.length).toBe(1)
  down.isLost = true
  for (let nth = 0; nth < 10; nth++) await append(primary, [frameOf(`missed/${nth}`)])
  await primary.compact({ count: 3 })
  down.isLost = false
  await expect.poll(() => other.last, { timeout: 10_000 }).toBe(primary.last)
  const { last } = primary
  expect(heard).toEqual([last - 10, { from: last - 9, to: last - 3 }, last - 2, last - 1, last])
})

test('a message that was removed alone is no gap', async () => {
  const { model, primary, other, down, heard } = await twoHubs()
  await append(primary, [frameOf('heard')])
  await expect.poll(() => heard.length).toBe(1)
  down.isLost = true
  for (let nth = 0; nth < 3; nth++) await append(primary, [frameOf(`missed/${nth}`)])
  const { last } = primary
  model.streams.get('LOG')?.remove(last - 1)
  down.isLost = false
  await expect.poll(() => other.last, { timeout: 10_000 }).toBe(last)
  expect(heard).toEqual([last - 3, last - 2, last])
})

test('the log begins where a read finds it to begin', async () => {
  const { model, primary, other } = await twoHubs()
  for (let nth = 0; nth < 10; nth++) await append(primary, [frameOf(`event/${nth}`)])
  await primary.compact({ count: 3 })
  const late = await opened(model)
  await primary.compact({ count: 1 })
  expect(late.first).toBe(primary.last - 2)
  for await (const { firstSeq } of late.read(late.first, {})) expect(firstSeq).toBe(primary.last)
  expect(late.first).toBe(primary.last)
  expect(other.last).toBe(primary.last)
})
