import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { RecordSplitter } from '../../src/event/splitter.js'
import { decodeRecord, encodeRecord } from '../../src/protocols/native/codec.js'
import { PROTOCOL_VERSION } from '../../src/protocols/native/protocol.js'

/** The request of programs for NSO in `hello`. */
export interface Wanted {
  mask: number
  /** ms */
  heartbeat?: number
  /** ms */
  health?: number
}

const MAX_RECORD = 1024 * 1024

/** Opens a notification socket, and resolves when the subscription has begun. The next bytes are notifications. */
export async function openNotifications(path: string, wanted: Wanted): Promise<Socket> {
  const socket = connect(path)
  await once(socket, 'connect')
  socket.write(encodeRecord('hello', { version: PROTOCOL_VERSION, features: ['ncs'], ncs: { ...wanted } }))
  const [welcome] = (await once(socket, 'data')) as [Buffer]
  checkWelcome(welcome)
  return socket
}

function checkWelcome(bytes: Buffer): void {
  let name: string | undefined
  const onRecord = (op: number, chunk: Uint8Array, start: number, end: number): void => {
    name = decodeRecord(op, chunk, start, end)?.name
  }
  new RecordSplitter({ onEvents: () => {}, onRecord }, MAX_RECORD).push(bytes)
  if (name !== 'welcome') throw new Error(`the hub answered with ${name}`)
}
