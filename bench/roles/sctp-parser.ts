import { constants, encodeNotification, NotificationReader } from '../../src/protocols/sctp/index.js'
import { serveCalls } from '../harness/child.js'
import { seconds } from '../harness/clock.js'

/** A receive buffer full of notifications. The objects of one pass are kept until the next one. */
const MESSAGES = 65_536
const BYTES = 20

const { linux } = constants
const kept: unknown[] = Array(MESSAGES).fill(undefined)
let pass: () => void

serveCalls({
  start({ plain }: { plain: boolean }) {
    const buffer = Buffer.concat(Array.from({ length: MESSAGES }, (_, i) => message(i)))
    pass = plain ? () => readPlainly(buffer) : () => read(buffer)
  },
  /** Notifications per second of processor time, including that of the garbage collector. */
  run(duration: number) {
    const [started, before] = [seconds(), process.cpuUsage()]
    let passes = 0
    for (; seconds() - started < duration; passes++) pass()
    const { user, system } = process.cpuUsage(before)
    return (passes * MESSAGES * 1e6) / (user + system)
  },
})

function message(i: number): Uint8Array {
  const states = [linux.SCTP_COMM_UP, linux.SCTP_SHUTDOWN_COMP, linux.SCTP_RESTART] as const
  const change = {
    sn_type: linux.SCTP_ASSOC_CHANGE,
    sac_flags: 0,
    sac_state: states[i % states.length],
    sac_error: 0,
    sac_outbound_streams: i & 0xffff,
    sac_inbound_streams: 10,
    sac_assoc_id: i,
  }
  return encodeNotification(change as never, { platform: 'linux' })
}

function read(buffer: Buffer): void {
  const reader = new NotificationReader(buffer, { platform: 'linux' })
  for (let i = 0; i < MESSAGES; i++) kept[i] = reader.read(i * BYTES, BYTES)
}

function readPlainly(buffer: Buffer): void {
  for (let i = 0; i < MESSAGES; i++) kept[i] = assocChange(buffer, i * BYTES)
}

/** Reads one type for one platform, as written by hand with the methods of Buffer. */
function assocChange(buffer: Buffer, at: number): object {
  const type = buffer.readUInt16LE(at)
  const length = buffer.readUInt32LE(at + 4)
  const state = buffer.readUInt16LE(at + 8)
  if (type !== linux.SCTP_ASSOC_CHANGE || length !== BYTES || at + length > buffer.length || state > 4) {
    throw new Error('not an assoc_change')
  }
  return {
    sn_type: type,
    sac_flags: buffer.readUInt16LE(at + 2),
    sac_state: state,
    sac_error: buffer.readUInt16LE(at + 10),
    sac_outbound_streams: buffer.readUInt16LE(at + 12),
    sac_inbound_streams: buffer.readUInt16LE(at + 14),
    sac_assoc_id: buffer.readInt32LE(at + 16),
  }
}
