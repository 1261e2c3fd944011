import { frameBytes, frameSeq } from '../../src/event/frame.js'
import { encodeRecord } from '../../src/protocols/native/codec.js'
import { NOTIF_COMMIT_DIFF } from '../../src/protocols/ncs/constants/events.js'
import { serveCalls } from '../harness/child.js'
import { micros } from '../harness/clock.js'
import { openNotifications, type Wanted } from '../sides/ncs-sockets.js'

/** Limited, so that both sides of the connection work at the same time. */
const AT_ONCE = 8

let address = ''
let open = 0
/** The delay of each beat, ms. */
let late: number[] = []

/** Many notification sockets in one process. */
serveCalls({
  start(options: { address: string }) {
    address = options.address
  },
  /** Subscribes with each of the masks. */
  async idle(masks: number[]) {
    await each(masks, async (mask) => void (await connect({ mask })).resume())
  },
  /** Answers every commit at once. */
  async answer(connections: number) {
    await each(Array(connections).fill(NOTIF_COMMIT_DIFF), answerAll)
  },
  async beat(connections: number, mask: number, interval: number) {
    await each(Array(connections).fill(mask), (each) => takeBeats(each, interval))
  },
  beats() {
    const taken = late
    late = []
    return taken
  },
  open: () => open,
})

async function each(masks: number[], use: (mask: number) => Promise<void>): Promise<void> {
  for (let i = 0; i < masks.length; i += AT_ONCE) await Promise.all(masks.slice(i, i + AT_ONCE).map(use))
}

async function connect(wanted: Wanted) {
  const socket = await openNotifications(address, wanted)
  open++
  socket.on('error', () => {}).on('close', () => open--)
  return socket
}

async function answerAll(mask: number): Promise<void> {
  const socket = await connect({ mask })
  socket.on('data', (chunk) => {
    for (let at = 0; at < chunk.length; at += frameBytes(chunk, at))
      socket.write(encodeRecord('gateDone', { name: 'ncs/commit', seq: frameSeq(chunk, at) }))
  })
}

/** A beat is late by what it comes after its time, counted from the beginning of the subscription. */
async function takeBeats(mask: number, interval: number): Promise<void> {
  const socket = await connect({ mask, heartbeat: interval })
  let due = micros()
  socket.on('data', (chunk) => {
    for (let at = 0; at < chunk.length; at += frameBytes(chunk, at)) {
      due += interval * 1000
      late.push((micros() - due) / 1000)
    }
  })
}
