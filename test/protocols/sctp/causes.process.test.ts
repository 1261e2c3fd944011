import { expect, test } from 'vitest'
import { parseErrorCauses, parseNotification } from '../../../src/protocols/sctp/index.js'
import { bytesOf, vectors } from './vectors.js'

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const read = (text: string) =>
  parseErrorCauses(hex(text)).map(({ code, name, value }) => [
    code,
    name,
    Buffer.from(value).toString('latin1'),
  ])

test('causes are read with and without the header of their chunk', () => {
  const violation = [
    [13, 'Protocol Violation', 'prot'],
    [12, 'User-Initiated Abort', 'bye'],
  ]
  expect(read('000d000870726f74000c000762796500')).toEqual(violation)
  expect(read('06000013000d000870726f74000c0007627965')).toEqual(violation)
  expect(read('06000013000d000870726f74000c000762796500')).toEqual(violation)
  expect(read('0900001800010008002a0000000c000968656c6c6f000000')).toEqual([
    [1, 'Invalid Stream Identifier', '\0*\0\0'],
    [12, 'User-Initiated Abort', 'hello'],
  ])
  expect(read('000c0004')).toEqual([[12, 'User-Initiated Abort', '']])
  expect(read('06000004')).toEqual([])
  expect(read('')).toEqual([])
  expect(read('00990004')).toEqual([[0x99, 'Unknown Cause', '']])
})

test('causes in ABORT and ERROR chunks from real stacks are read, and agree with the error field', () => {
  let found = 0
  for (const platform of ['linux', 'freebsd'] as const) {
    for (const vector of vectors[platform]) {
      const notification = parseNotification(bytesOf(vector), { platform, endian: 'little' })
      const { sac_info, sac_cause } = notification as { sac_info?: unknown; sac_cause?: { code: number } }
      if (!(sac_info instanceof Uint8Array)) continue
      expect(parseErrorCauses(sac_info)[0]?.code).toBe(sac_cause?.code)
      found++
    }
  }
  expect(found).toBe(9)
})

test('causes that are cut off or too long are an error with a code', () => {
  const at = (offset: number) => expect.objectContaining({ code: 'TCN_SCTP_CAUSE', offset })
  expect(() => read('000d00')).toThrow(at(0))
  expect(() => read('000d000870726f7400')).toThrow(at(8))
  expect(() => read('000d0003')).toThrow(at(2))
  expect(() => read('000d000970726f74')).toThrow(at(2))
  expect(() => read('06000008000d0009')).toThrow(at(6))
})
