import { createServer } from 'node:net'
import { connectAsync, type MqttClient } from 'mqtt'
import { expect, it, onTestFinished } from 'vitest'
import { accepted, dialBroker, takeMessages, whenLost } from '../../../src/protocols/mqtt/broker.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { Broker } from '../../sinks/mqtt/broker.js'

/** Seconds: a ping after this time, and a look for its answer after half of it. */
const KEEP_ALIVE = 2

interface Held {
  client: MqttClient
  pings: () => number
  lost: string[]
  taken: string[]
  release: () => void
}

/** A client whose messages wait until they are released. */
async function holding(version: '5' | '3.1.1', port: number): Promise<Held> {
  const login = { broker: { host: '127.0.0.1', port }, version, password: undefined, tls: undefined }
  const client = await dialBroker(
    { ...login, timeout: 10_000, runtime: realRuntime, longest: 1000 },
    { keepalive: KEEP_ALIVE },
  )
  onTestFinished(() => void client.end(true))
  const [lost, taken]: string[][] = [[], []]
  let pings = 0
  client.on('packetsend', ({ cmd }) => {
    if (cmd === 'pingreq') pings++
  })
  let release: () => void = () => undefined
  const released = new Promise<void>((done) => {
    release = done
  })
  const failed = (error: unknown) => lost.push(String(error))
  takeMessages(client, ({ topic }) => released.then(() => void taken.push(topic)), failed)
  await accepted(client)
  whenLost(client, (reason) => lost.push(reason))
  return { client, pings: () => pings, lost, taken, release }
}

it.each(['5', '3.1.1'] as const)(
  'a connection stays while messages wait for longer than a ping may take, with version %s',
  async (version) => {
    await using broker = await Broker.start()
    const { client, pings, lost, taken, release } = await holding(version, broker.port)
    await client.subscribeAsync('a/#', { qos: 1 })
    const other = await connectAsync({ host: '127.0.0.1', port: broker.port, protocol: 'mqtt' })
    for (const topic of ['a/1', 'a/2']) await other.publishAsync(topic, 'x', { qos: 1 })
    await expect.poll(pings).toBeGreaterThan(3)
    release()
    await other.publishAsync('a/3', 'x', { qos: 1 })
    await expect.poll(() => taken).toEqual(['a/1', 'a/2', 'a/3'])
    expect(lost).toEqual([])
    await other.endAsync()
  },
)

it('a broker that answers no ping is left while no message waits', async () => {
  const server = createServer((socket) => {
    socket.once('data', () => socket.write(Buffer.from([0x20, 2, 0, 0])))
  })
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  const { lost, pings } = await holding('3.1.1', Object(server.address()).port)
  await expect.poll(() => lost[0]).toBe('Keepalive timeout')
  expect(pings()).toBe(1)
})
