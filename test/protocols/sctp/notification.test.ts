import { describe, expect, expectTypeOf, test } from 'vitest'
import * as sctp from '../../../src/protocols/sctp/index.js'
import {
  type AdaptationIndication,
  constants,
  encodeNotification,
  hostPlatform,
  type Notification,
  NotificationReader,
  parseNotification,
  parseNotifications,
  SctpNotificationError,
  type SenderDryEvent,
} from '../../../src/protocols/sctp/index.js'

const linux = { platform: 'linux', endian: 'little' } as const
const freebsd = { platform: 'freebsd', endian: 'little' } as const
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const dry = hex('0980 0000 0c000000 03000000')

describe('notifications of FreeBSD that are not in a recording', () => {
  const address = (state: string, sockaddr: string) =>
    hex(
      `0200 0000 98000000 ${sockaddr.replaceAll(' ', '').padEnd(256, '0')} ${state} 00000000 07000000 00000000`,
    )

  test('an IPv4 address has its length before the family', () => {
    const bytes = address('02000000', '10 02 1389 c0000201')
    const notification = parseNotification(bytes, freebsd)
    expect(notification).toEqual({
      sn_type: 2,
      spc_flags: 0,
      spc_aaddr: ['192.0.2.1', 5001],
      spc_state: 2,
      spc_error: 0,
      spc_assoc_id: 7,
    })
    expect(encodeNotification(notification, freebsd)).toEqual(bytes)
  })

  test('an IPv6 address has family 28, with flow and scope', () => {
    const bytes = address('06000000', '1c 1c 1389 05000000 fe80000000000000000000000000abcd 02000000')
    const notification = parseNotification(bytes, freebsd)
    expect(notification).toMatchObject({ spc_aaddr: ['fe80::abcd', 5001, 5, 2], spc_state: 6 })
    expect(encodeNotification(notification, freebsd)).toEqual(bytes)
  })

  test('partial delivery has 20 bytes in the stack and 24 in RFC 6458', () => {
    const read = { sn_type: 7, pdapi_flags: 0, pdapi_indication: 1, pdapi_stream: 3, pdapi_seq: 9 }
    const short = hex('0700 0000 14000000 01000000 0300 0900 05000000')
    const long = hex('0700 0000 18000000 01000000 03000000 09000000 05000000')
    expect(parseNotification(short, freebsd)).toEqual({ ...read, pdapi_assoc_id: 5 })
    expect(parseNotification(long, freebsd)).toEqual({ ...read, pdapi_assoc_id: 5 })
    expect(encodeNotification(parseNotification(long, freebsd), freebsd)).toEqual(short)
    const wide = { ...read, sn_type: 7, pdapi_seq: 0x10000, pdapi_assoc_id: 5 } as const
    expect(parseNotification(encodeNotification(wide, freebsd), freebsd)).toEqual(wide)
  })

  test('notifications stopped is only a header, and unknown to Linux', () => {
    const bytes = hex('0b00 0000 08000000')
    expect(parseNotification(bytes, freebsd)).toEqual({ sn_type: 11, sn_flags: 0 })
    expect(() => parseNotification(bytes, linux)).toThrow(expect.objectContaining({ code: 'TCN_SCTP_TYPE' }))
  })

  test('association ids are unsigned, but signed on Linux', () => {
    const of = (type: string) => hex(`${type} 0000 0c000000 ffffffff`)
    expect(parseNotification(of('0a00'), freebsd)).toMatchObject({ sender_dry_assoc_id: 0xffffffff })
    expect(parseNotification(of('0980'), linux)).toMatchObject({ sender_dry_assoc_id: -1 })
  })
})

describe('addresses of Linux', () => {
  const read = (sockaddr: string) => {
    const bytes = hex(
      `0280 0000 94000000 ${sockaddr.replaceAll(' ', '').padEnd(256, '0')} 00000000 00000000 07000000`,
    )
    const notification = parseNotification(bytes, linux)
    if (sockaddr.startsWith('02') || sockaddr.startsWith('0a')) {
      expect(encodeNotification(notification, linux)).toEqual(bytes)
    }
    return (notification as { spc_aaddr?: unknown }).spc_aaddr
  }

  test.each([
    ['0a00 0050 01020304 00000000000000000000ffffc0000201 00000000', ['::ffff:192.0.2.1', 80, 0x04030201, 0]],
    ['0a00 0050 00000000 00000000000000000000000000000001 00000000', ['::1', 80, 0, 0]],
    ['0a00 0050 00000000 00000000000000000000000000000000 00000000', ['::', 80, 0, 0]],
    ['0a00 0050 00000000 000000000000000000000000c0000201 00000000', ['::192.0.2.1', 80, 0, 0]],
    ['0a00 0050 00000000 20010db8000000010000000000000000 00000000', ['2001:db8:0:1::', 80, 0, 0]],
    ['0a00 0050 00000000 00010000000000020003000400050006 00000000', ['1::2:3:4:5:6', 80, 0, 0]],
    ['0a00 0050 00000000 20010db8000000010001000100010001 00000000', ['2001:db8:0:1:1:1:1:1', 80, 0, 0]],
    ['0200 ffff 00000000', ['0.0.0.0', 65535]],
    ['0700 0050 7f000001', ['???', 0, 0, 0]],
  ])('%s', (sockaddr, expected) => {
    expect(read(sockaddr)).toEqual(expected)
  })
})

test('the adaptation indication also has its id under the other name, which is not enumerable', () => {
  const indication = parseNotification(hex('0780 0000 10000000 04030201 04000000'), linux)
  expect((indication as AdaptationIndication).sre_assoc_id).toBe(4)
  expect(Object.keys(indication)).toEqual(['sn_type', 'sai_flags', 'sai_adaptation_ind', 'sai_assoc_id'])
  expect(indication).toEqual({
    sn_type: 32775,
    sai_flags: 0,
    sai_adaptation_ind: 0x01020304,
    sai_assoc_id: 4,
  })
})

test('the cause is named, whether or not the kernel swaps its bytes', () => {
  const lost = (error: string) =>
    parseNotification(hex(`0180 0000 14000000 0100 ${error} 0000 0000 03000000`), linux)
  const aborted = { code: 12, name: 'User-Initiated Abort' }
  expect(lost('000c')).toMatchObject({ sac_error: 3072, sac_cause: aborted })
  expect(lost('0c00')).toMatchObject({ sac_error: 12, sac_cause: aborted })
  expect(lost('0105')).toMatchObject({ sac_cause: { code: 0x105, name: 'Unsupported HMAC Identifier' } })
  expect(lost('0077')).toMatchObject({ sac_cause: { code: 0x77, name: 'Unknown Cause' } })
  expect(lost('0000')).not.toHaveProperty('sac_cause')
  const failed = hex('0d80 0000 20000000 000d0000 0000 0300 00000000 00000000 00000000 05000000')
  expect(parseNotification(failed, linux)).toMatchObject({
    ssfe_error: 3328,
    ssfe_cause: { code: 13, name: 'Protocol Violation' },
  })
})

test('a notification is not changed when the receive buffer is filled again', () => {
  const buffer = Buffer.from(
    '0180000019000000010000 0c00000000 0a000000 000c00056d'.replaceAll(' ', ''),
    'hex',
  )
  const notification = parseNotification(buffer, linux) as { sac_info?: Uint8Array }
  buffer.fill(0xff)
  expect(notification.sac_info).toEqual(hex('000c00056d'))
})

test('arguments of a wrong type are a TypeError', () => {
  const wrong = [
    '09800000',
    null,
    undefined,
    5,
    [9, 128],
    dry.buffer,
    new DataView(dry.buffer),
    new Uint16Array(6),
  ]
  for (const bytes of wrong) {
    expect(() => parseNotification(bytes as never, linux)).toThrow(TypeError)
    expect(() => sctp.parseErrorCauses(bytes as never)).toThrow(TypeError)
  }
  expect(() => parseNotification(dry, { platform: 'solaris' as never })).toThrow(TypeError)
  expect(() => parseNotification(dry, { endian: 'middle' as never })).toThrow(TypeError)
  expect(() => new NotificationReader(dry, linux).read(0.5)).toThrow(TypeError)
  expect(() => encodeNotification(null as never, linux)).toThrow(TypeError)
})

test('a state of an address that a newer kernel adds is given as its number', () => {
  const known = {
    sn_type: 0x8002,
    spc_flags: 0,
    spc_aaddr: ['10.0.0.1', 5000],
    spc_state: 6,
    spc_error: 0,
    spc_assoc_id: 1,
  } as const
  const bytes = encodeNotification(known as never, linux)
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(136, 7, true)
  expect(parseNotification(bytes, linux)).toMatchObject({ ...known, spc_state: 7 })
  expect(sctp.valueName('spc_state', 7, linux)).toBeUndefined()
})

test('an error names type, length and offset', () => {
  const buffer = new Uint8Array(40)
  buffer.set(hex('0180 0000 14000000 0900 0000 0000 0000 03000000'), 20)
  const error = faultOf(() => new NotificationReader(buffer, linux).read(20))
  expect(error).toBeInstanceOf(SctpNotificationError)
  expect(error).toMatchObject({ code: 'TCN_SCTP_STATE', type: 0x8001, length: 20, offset: 28 })
  expect(error?.message).toBe('sac_state 9 is not a known state (type 32769, length 20, offset 28)')
  expect(faultOf(() => parseNotification(hex('ff80 0000 08000000'), linux))).toMatchObject({
    code: 'TCN_SCTP_TYPE',
    type: 0x80ff,
    offset: 0,
  })
  expect(faultOf(() => new NotificationReader(dry, linux).read(4, 12))).toMatchObject({
    code: 'TCN_SCTP_LENGTH',
    length: 12,
    offset: 4,
  })
  expect(faultOf(() => parseNotification(hex('0a80 0000 0d000000 03000000 01'), linux))).toMatchObject({
    code: 'TCN_SCTP_LENGTH',
  })
})

test('a faulty notification among many is skipped, and reported if requested', () => {
  const unknown = hex('ff80 0000 08000000')
  const run = Buffer.concat([dry, unknown, dry, dry.subarray(0, 9)])
  expect(() => parseNotifications(run, linux)).toThrow(SctpNotificationError)
  const faults: SctpNotificationError[] = []
  const read = parseNotifications(run, { ...linux, onError: (error) => faults.push(error) })
  expect(read).toHaveLength(2)
  expect(faults.map(({ code, offset }) => [code, offset])).toEqual([
    ['TCN_SCTP_TYPE', 12],
    ['TCN_SCTP_LENGTH', 36],
  ])
})

test('a notification that cannot be encoded is an error with a code', () => {
  const base = { sn_type: 32777, sender_dry_flags: 0, sender_dry_assoc_id: 3 } as const
  const fault = (change: object) => faultOf(() => encodeNotification({ ...base, ...change } as never, linux))
  expect(fault({ sender_dry_flags: 0x10000 })).toMatchObject({ code: 'TCN_SCTP_VALUE', offset: 2 })
  expect(fault({ sender_dry_assoc_id: 2 ** 31 })).toMatchObject({ code: 'TCN_SCTP_VALUE' })
  expect(fault({ sender_dry_assoc_id: 1.5 })).toMatchObject({ code: 'TCN_SCTP_VALUE' })
  expect(fault({ sn_type: 10 })).toMatchObject({ code: 'TCN_SCTP_TYPE', type: 10 })
  expect(() => encodeNotification({ ...base, sender_dry_flags: undefined } as never, linux)).toThrow(
    TypeError,
  )
})

test('the constants of both platforms exist, and those of the host are exported by name', () => {
  expect(Object.keys(constants.linux)).toHaveLength(142)
  expect(Object.keys(constants.freebsd)).toHaveLength(125)
  expect([constants.linux.MSG_NOTIFICATION, constants.freebsd.MSG_NOTIFICATION]).toEqual([0x8000, 0x2000])
  const exported = sctp as Record<string, unknown>
  const own: Record<string, unknown> = constants[hostPlatform]
  for (const name of Object.keys({ ...constants.linux, ...constants.freebsd })) {
    expect(exported).toHaveProperty(name, own[name])
  }
})

test('sn_type narrows with a platform, with the constants of the host, and to the end of a switch', () => {
  const onLinux = parseNotification(dry, linux)
  expectTypeOf(onLinux).toEqualTypeOf<Notification<'linux'>>()
  if (onLinux.sn_type === constants.linux.SCTP_SENDER_DRY_EVENT) {
    expectTypeOf(onLinux).toEqualTypeOf<SenderDryEvent<'linux'>>()
    expectTypeOf(onLinux.sn_type).toEqualTypeOf<0x8009>()
  } else {
    // @ts-expect-error: this type is excluded now
    onLinux.sender_dry_flags
  }
  if (onLinux.sn_type === constants.linux.SCTP_ASSOC_CHANGE) {
    if (onLinux.sac_state === constants.linux.SCTP_COMM_LOST) {
      expectTypeOf(onLinux.sac_info).toEqualTypeOf<Uint8Array | undefined>()
    }
    if (onLinux.sac_state === constants.linux.SCTP_COMM_UP) {
      expectTypeOf(onLinux.sac_info).toEqualTypeOf<number[] | undefined>()
    }
  }
  const ofHost = parseNotification(
    encodeNotification({ ...parseNotification(dry, linux) }, linux),
    linux,
  ) as Notification
  if (ofHost.sn_type === sctp.SCTP_SENDER_DRY_EVENT) {
    expectTypeOf(ofHost).toEqualTypeOf<SenderDryEvent>()
    expect(ofHost.sender_dry_assoc_id).toBe(3)
  } else if (ofHost.sn_type === sctp.SCTP_NOTIFICATIONS_STOPPED_EVENT) {
    expectTypeOf(ofHost.sn_flags).toBeNumber()
  }
  expectTypeOf(parseNotification(dry)).toEqualTypeOf<Notification>()
  expectTypeOf(sctp.SCTP_NOTIFICATIONS_STOPPED_EVENT).toEqualTypeOf<11 | undefined>()
  expectTypeOf<Extract<Notification<'linux'>, { sn_flags: number }>>().toBeNever()
})

function faultOf(run: () => unknown): SctpNotificationError | undefined {
  try {
    run()
  } catch (error) {
    if (error instanceof SctpNotificationError) return error
    throw error
  }
  return undefined
}
