import { describe, expect, it } from 'vitest'
import { constants, parseNotification } from '../../src/protocols/sctp/index.js'
import { asDecoded, bytesOf, vectors } from '../protocols/sctp/vectors.js'
import { packages, runPython, shims } from './python.js'

const run = (program: string, args: string[] = []) =>
  runPython(`import json, sys\n${program}`, { args, env: { PYTHONPATH: `${packages}:${shims}` } })

const hexes = JSON.stringify(vectors.linux.map(({ hex }) => hex))

describe('parse_notification', () => {
  it('decodes every recorded notification of Linux like the decoder in TypeScript', async () => {
    const told = await run(
      `
from _sctp.sctp_event import parse_notification
def plain(value):
    if isinstance(value, bytes): return value.hex()
    return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value
for each in json.loads(sys.argv[1]): print(json.dumps(list(plain(parse_notification(bytes.fromhex(each))).items())))
`,
      [hexes],
    )
    const format = { platform: 'linux', endian: 'little' } as const
    const wanted = vectors.linux.map((vector) => asDecoded(parseNotification(bytesOf(vector), format)))
    // The order of the keys is that of the document, too.
    expect(told).toEqual(wanted.map((each) => Object.entries(each)))
    expect(told.length).toBeGreaterThan(100)
  })

  it('gives the types of Python that the document names', async () => {
    expect(
      await run(
        `
from _sctp.sctp_event import *
from _sctp.sctp_info import sctp_sndinfo
types = {}
for each in json.loads(sys.argv[1]):
    for key, value in parse_notification(bytes.fromhex(each)).items():
        types.setdefault(key, set()).add(type(value).__name__)
print(json.dumps({key: sorted(types[key]) for key in ("spc_aaddr", "sac_info", "ssfe_info", "ssfe_data", "sre_data")}))
up = bytearray(bytes.fromhex("0180000016000000000000000a000a0003000000")) + b"\\x01\\x02"
print(json.dumps(parse_notification(bytes(up))["sac_info"]))
`,
        [hexes],
      ),
    ).toEqual([
      {
        spc_aaddr: ['tuple'],
        sac_info: ['bytes'],
        ssfe_info: ['sctp_sndinfo'],
        ssfe_data: ['bytes'],
        sre_data: ['bytes'],
      },
      [1, 2],
    ])
  })

  it('raises an error for bytes that are not one notification, and reads nothing beyond them', async () => {
    expect(
      await run(
        `
from _sctp.sctp_event import parse_notification
def failure(given):
    try:
        parse_notification(given)
    except (OSError, TypeError) as error:
        return type(error).__name__
for each in json.loads(sys.argv[1]):
    whole = bytes.fromhex(each)
    assert all(failure(whole[:n]) == "OSError" for n in range(len(whole)))
    for length in (0, 7, len(whole) - 1, len(whole) + 1, 2**31, 2**32 - 1):
        assert failure(whole[:4] + length.to_bytes(4, sys.byteorder) + whole[8:]) == "OSError"
good = bytes.fromhex("098000000c00000003000000")
print(json.dumps([failure(each) for each in (bytearray(good), memoryview(good), good.hex(), None, b"\\xff\\xff" + good[2:])]))
print(json.dumps(failure(bytes.fromhex("018000001400000009000000000000000300000000000000")[:20])))
`,
        [hexes],
      ),
    ).toEqual([['TypeError', 'TypeError', 'TypeError', 'TypeError', 'OSError'], 'OSError'])
  })
})

describe('the modules that take the place of py3-sctp', () => {
  it('have the constants of the kernel', async () => {
    await run(
      `
import sctp, _sctp.sctp, _sctp.sctp_event
for name, value in json.loads(sys.argv[1]).items():
    for module in (sctp, _sctp.sctp, _sctp.sctp_event): assert getattr(module, name) == value, name
assert sctp.SCTP_EVENT_CSIZE == 8 and sctp.SCTP_STATUS_CSIZE == 176
`,
      [JSON.stringify(constants.linux)],
    )
  })

  it('check the fields of a struct when they are set', async () => {
    expect(
      await run(`
from sctp import *
event = sctp_event(se_assoc_id=SCTP_FUTURE_ASSOC, se_on=1)
event["se_type"] = SCTP_ASSOC_CHANGE
print(json.dumps([event, event.to_bytes.hex()]))
for call in (lambda: sctp_event(se_x=1), lambda: sctp_event(se_on=256), lambda: event.set_value("se_type", "x"), lambda: sctp_event(1), lambda: sctp_generic()):
    try:
        call()
    except Exception as error:
        print(json.dumps(type(error).__name__))
prim = sctp_setprim(ssp_addr=("127.0.0.1", 9))
print(json.dumps([sctp_setprim.from_bytes(prim.to_bytes)["ssp_addr"], sctp_setprim.from_bytes(sctp_setprim(ssp_addr=("::1", 9, 0, 2)).to_bytes)["ssp_addr"]]))
`),
    ).toEqual([
      [{ se_assoc_id: 0, se_type: 0x8001, se_on: 1 }, '0000000001800100'],
      'ValueError',
      'TypeError',
      'TypeError',
      'TypeError',
      'TypeError',
      [
        ['127.0.0.1', 9],
        ['::1', 9, 0, 2],
      ],
    ])
  })

  it('name the wrong argument of a socket', async () => {
    expect(
      await run(`
import socket
from sctp import *
for arguments in ((socket.AF_UNIX, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_INET, socket.SOCK_STREAM, 6)):
    try:
        sctp_socket(*arguments)
    except SCTPError as error:
        print(json.dumps(str(error)))
`),
    ).toEqual([
      'the family must be AF_INET or AF_INET6',
      'the type must be SOCK_STREAM or SOCK_SEQPACKET',
      'the protocol must be IPPROTO_SCTP',
    ])
  })
})
