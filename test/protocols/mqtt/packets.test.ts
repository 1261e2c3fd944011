import { expect, it } from 'vitest'
import { MqttPackets } from '../../../src/protocols/mqtt/packets.js'

const CONNACK = '20030000 00'
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** What has come after the answer to the login. */
function after(bytes: Buffer): MqttPackets {
  const packets = new MqttPackets({ hasProperties: true, longest: 200_000 })
  packets.push(hex(CONNACK))
  expect(packets.next()).toEqual(hex(CONNACK))
  packets.push(bytes)
  return packets
}

it('packets are given one by one, each when all of it has come', () => {
  const packets = after(hex('d000 d000 3006 0001 61'))
  expect([packets.next(), packets.next(), packets.next()]).toEqual([hex('d000'), hex('d000'), undefined])
  packets.push(hex('00 7879'))
  expect(packets.next()).toEqual(hex('3006 0001 61 00 7879'))
  expect(packets.held).toBe(0)
})

it('a first packet that does not answer the login is refused', () => {
  const packets = new MqttPackets({ hasProperties: true, longest: 1000 })
  packets.push(hex('d000'))
  expect(() => packets.next()).toThrow('does not answer as one of MQTT does')
})

it.each([
  ['a message that is longer than may be, by its head', '30 ffffff7f', 'too long'],
  ['another packet of more than 64 KiB, by its head', '90 818004', 'too long'],
  ['a length of more than four bytes', '30 ffffffff01', 'a length that is none'],
  [
    'a message with more properties than 16 KiB',
    `30 858001 0001 61 818001 ${'00'.repeat(16_385)}`,
    'too many properties',
  ],
])('%s is refused', (_, bytes, reason) => {
  expect(() => after(hex(bytes)).next()).toThrow(reason)
})
