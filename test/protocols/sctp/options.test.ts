import { describe, expect, test } from 'vitest'
import { SctpEvent } from '../../../src/protocols/sctp/index.js'
import { packAddress } from '../../../src/protocols/sctp/socket/address.js'
import { packOption, unpackOption } from '../../../src/protocols/sctp/socket/options.js'
import { wirePpid } from '../../../src/protocols/sctp/socket/receiver.js'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

describe('options, on a little-endian host', () => {
  test('are laid out like their structs', () => {
    const init = { sinit_num_ostreams: 20, sinit_max_instreams: 7 }
    expect(hex(packOption('SCTP_INITMSG', init))).toBe('1400070000000000')
    expect(hex(packOption('SCTP_NODELAY', 1))).toBe('01000000')
    const key = { sca_keynumber: 2, sca_key: Buffer.from('abc') }
    expect(hex(packOption('SCTP_AUTH_KEY', key))).toBe('0000000002000300616263')
    const reset = { srs_assoc_id: 3, srs_flags: 2, srs_stream_list: [1, 258] }
    expect(hex(packOption('SCTP_RESET_STREAMS', reset))).toBe('030000000200020001000201')
  })

  test('are read back with every field', () => {
    const params = {
      spp_assoc_id: 3,
      spp_address: ['10.0.0.1', 5000] as [string, number],
      spp_hbinterval: 1000,
      spp_pathmaxrxt: 5,
      spp_pathmtu: 1400,
      spp_sackdelay: 200,
      spp_flags: 0x89,
      spp_ipv6_flowlabel: 0,
      spp_dscp: 4,
    }
    expect(unpackOption('SCTP_PEER_ADDR_PARAMS', packOption('SCTP_PEER_ADDR_PARAMS', params))).toEqual(params)
    const list = Uint8Array.of(2, 0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0)
    expect(unpackOption('SCTP_GET_ASSOC_ID_LIST', list).gaids_assoc_id).toEqual([3, 9])
  })

  test('without an address are written as they were read', () => {
    const ofAll = { spp_hbinterval: 1000 }
    const packed = packOption('SCTP_PEER_ADDR_PARAMS', ofAll)
    const read = unpackOption('SCTP_PEER_ADDR_PARAMS', packed)
    expect(read.spp_address).toEqual(['???', 0, 0, 0])
    expect(packOption('SCTP_PEER_ADDR_PARAMS', read)).toEqual(packed)
  })

  test('with a count larger than the bytes are read as far as possible', () => {
    const list = Uint8Array.of(255, 255, 255, 255, 3, 0, 0, 0)
    expect(unpackOption('SCTP_GET_ASSOC_ID_LIST', list).gaids_assoc_id).toEqual([3])
  })

  test('refuse unknown fields and values out of range', () => {
    expect(() => packOption('SCTP_NODELAY', 0.5)).toThrow(RangeError)
    expect(() => packOption('SCTP_INITMSG', { sinit_num_ostreams: 65536 })).toThrow(RangeError)
    expect(() => packOption('SCTP_INITMSG', { streams: 1 } as object)).toThrow(
      'SCTP_INITMSG has no field "streams"',
    )
    expect(() => packOption('toString' as 'SCTP_NODELAY', 1)).toThrow(TypeError)
  })
})

test('an event is checked as in RFC 6458 and in Python', () => {
  const event = new SctpEvent({ se_assoc_id: 3, se_type: 0x8009, se_on: 1 })
  expect(hex(packOption('SCTP_EVENT', { ...event }))).toBe('0300000009800100')
  expect(() => new SctpEvent({ se_type: 65536 })).toThrow(TypeError)
  expect(() => new SctpEvent({ se_on: 256 })).toThrow(TypeError)
  expect(() => new SctpEvent({ on: 1 } as object)).toThrow(RangeError)
})

test('addresses of both families are packed, and nothing else', () => {
  expect(hex(packAddress(['127.0.0.1', 5000]))).toBe('020013887f0000010000000000000000')
  expect(hex(packAddress(['::1', 1]))).toBe(`0a000001${'0'.repeat(39)}1${'0'.repeat(8)}`)
  for (const host of ['localhost', '', '1.2.3', 'fe80::1%eth0']) {
    expect(() => packAddress([host, 1])).toThrow(TypeError)
  }
  for (const port of [-1, 65536, 1.5]) expect(() => packAddress(['127.0.0.1', port])).toThrow(RangeError)
})

test('a payload protocol identifier is in network byte order on the wire', () => {
  expect(wirePpid(46)).toBe(771751936)
  expect(wirePpid(wirePpid(0x89abcdef))).toBe(0x89abcdef)
})
