import { queryObjects } from 'node:v8'
import { expect, it } from 'vitest'
import { mqttConfig } from '../../../src/sinks/mqtt/config.js'
import { MqttConnection } from '../../../src/sinks/mqtt/connection.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { Broker } from './broker.js'

const message = { topic: 'a', payload: Buffer.from('1'), retain: false }

async function opened({ port }: Broker): Promise<MqttConnection> {
  const config = mqttConfig.parse({ type: 'mqtt', broker: `127.0.0.1:${port}` })
  return MqttConnection.open(config, undefined, realRuntime)
}

it('a connection keeps nothing of the messages that the broker has taken', async () => {
  await using broker = await Broker.start()
  const connection = await opened(broker)
  const publish = async (count: number) => {
    for (let n = 0; n < count; n++) await connection.publish(message)
    return queryObjects(Promise, { format: 'count' })
  }
  const before = await publish(100)
  expect((await publish(1_000)) - before).toBeLessThan(100)
  connection.close()
})

it('messages on the way fail when the connection is lost, and later ones at once', async () => {
  await using broker = await Broker.start()
  const connection = await opened(broker)
  const sent = Array.from({ length: 10 }, () => connection.publish(message))
  connection.close()
  const outcomes = await Promise.allSettled(sent)
  expect(outcomes.map(({ status }) => status)).toEqual(Array(10).fill('rejected'))
  expect(connection.isOpen).toBe(false)
  await expect(connection.publish(message)).rejects.toMatchObject({ kind: 'unavailable' })
})
