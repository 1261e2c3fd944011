import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { mqttConfig } from '../../../src/sinks/mqtt/config.js'
import { MqttConnection } from '../../../src/sinks/mqtt/connection.js'
import { realRuntime } from '../../helpers/real-runtime.js'

/** A broker that gives this answer to whoever connects. */
async function brokerThatAnswers(connack: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.write(Buffer.from(connack.replaceAll(' ', ''), 'hex')))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

it.each([
  ['a Receive Maximum of 0', '20 06 00 00 03 21 00 00', 'takes no message at once'],
  ['a Maximum Packet Size of 0', '20 08 00 00 05 27 00 00 00 00', 'takes no bytes'],
])('%s is no connection, and nothing is sent', async (_, connack, reason) => {
  const broker = `127.0.0.1:${await brokerThatAnswers(connack)}`
  const opened = MqttConnection.open(mqttConfig.parse({ type: 'mqtt', broker }), undefined, realRuntime)
  await expect(opened).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining(reason),
  })
})
