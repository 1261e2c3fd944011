import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { PythonDatetime } from '../../../../src/protocols/salt/codec/values.js'
import { hex } from '../../../event/bytes.js'
import { requireTool } from '../../../helpers/tools.js'
import { saltFrame, startSaltHub, subscribed } from './fixture.js'
import { dial, RawSubscriber, write } from './raw-salt.js'

const python = requireTool('python3-msgpack')

function run(script: string, ...args: (string | number)[]) {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(python, ['-W', 'ignore', path, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${script} ended with ${code}`))))
  })
  return { line: async () => (await lines.next()).value as string, done }
}

const data = (n: number) =>
  new Map<unknown, unknown>([
    ['n', n],
    ['text', 'hé'],
    ['bytes', hex('00ff')],
    ['when', new PythonDatetime(Date.UTC(2024, 0, 2, 3, 4, 5) * 1000 + 6)],
    [5, [null, 1.5]],
    ['_stamp', expect.any(String)],
  ])

test('events of a Python publisher arrive, in pieces of any size', {
  timeout: 60_000,
}, async () => {
  await using salt = await startSaltHub()
  const subscriber = await RawSubscriber.open(salt.sockets.pub)
  await subscribed(salt, 1)
  await run('publisher.py', salt.sockets.pull, 20, 7).done
  await run('publisher.py', salt.sockets.pull, 20).done
  const events = await subscriber.until(40)
  expect(events.map(({ tag }) => tag)).toEqual([...Array(40).keys()].map((n) => `seq/${n % 20}`))
  expect(events[19].data).toEqual(data(19))
})

test.each([
  ['to 3006', 20_000, 0],
  ['from 3007 on', 1_000_000, 1],
])('a Python program that reads like Salt (%s) receives all %d events in order', async (_, count, raw) => {
  await using salt = await startSaltHub({}, {}, true)
  const subscriber = run('subscriber.py', salt.sockets.pub, count, raw)
  expect(await subscriber.line()).toBe('ready')
  await subscribed(salt, 1)
  await run('publisher.py', salt.sockets.pull, count).done
  const report = JSON.parse(await subscriber.line())
  await subscriber.done
  expect(report).toMatchObject({ seen: count, inOrder: true, heads: true })
  expect(report.last).toContain("'when': datetime.datetime(2024, 1, 2, 3, 4, 5, 6), 5: [None, 1.5]")
})

test('a Python program reads events of other sources that the bus shows', async () => {
  await using salt = await startSaltHub({ show: ['seq/'] })
  const subscriber = run('subscriber.py', salt.sockets.pub, 2, 0)
  expect(await subscriber.line()).toBe('ready')
  await subscribed(salt, 1)
  await using client = await salt.hub.connect()
  await client.publish('seq/0', { n: 0 })
  await write(await dial(salt.sockets.pull), saltFrame('seq/1', { n: 1 }))
  expect(JSON.parse(await subscriber.line())).toMatchObject({ seen: 2, inOrder: true, heads: true })
  await subscriber.done
})
