import { connect } from 'node:net'
import { asError } from '../../errors/thrown.js'
import { type DbusCall, encodeCall, MessageTypes, SIGNAL } from './message.js'

const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
}
const LINE_FEED = 0x0a
const MAX_LINE = 512

export interface SignalsOptions {
  /** The socket of the bus. */
  socket: string
  /** Which signals: rules of matching, as `type='signal',path='/a'`. */
  rules: readonly string[]
  /** Calls that make their sender send them, if it must be asked. */
  before?: readonly DbusCall[]
  /** Called for each signal. */
  signal(): void
  /** Called once, with the reason, unless it was closed. */
  ended(reason: Error): void
}

/** Learns that there are signals on a bus, whatever they say. Returns a function that closes the connection. */
export function watchSignals({
  socket: path,
  rules,
  before = [],
  signal,
  ended,
}: SignalsOptions): () => void {
  const socket = connect(path)
  const types = new MessageTypes()
  let line: Buffer | undefined = Buffer.alloc(0)
  let isOver = false
  const end = (reason: Error) => {
    if (!isOver) ended(reason)
    isOver = true
    socket.destroy()
  }
  socket.on('error', end)
  socket.on('close', () => end(new Error('the bus has closed the connection')))
  socket.on('connect', () => {
    const user = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex')
    socket.write(`\0AUTH EXTERNAL ${user}\r\n`)
  })
  socket.on('data', (chunk: Buffer) => {
    try {
      const rest = line === undefined ? chunk : welcomed(Buffer.concat([line, chunk]))
      if (rest !== undefined) for (const type of types.take(rest)) if (type === SIGNAL) signal()
    } catch (thrown) {
      end(asError(thrown))
    }
  })

  /** Returns what follows the answer to the login; undefined if it is not there yet. */
  function welcomed(bytes: Buffer): Buffer | undefined {
    const at = bytes.indexOf(LINE_FEED)
    line = bytes
    if (at === -1 && bytes.length <= MAX_LINE) return undefined
    if (!bytes.toString('latin1', 0, 3).startsWith('OK ')) throw new Error('the bus refuses this user')
    line = undefined
    const matches = rules.map((text) => ({ ...BUS, member: 'AddMatch', text }))
    const calls = [{ ...BUS, member: 'Hello' }, ...matches, ...before]
    socket.write(
      Buffer.concat([Buffer.from('BEGIN\r\n'), ...calls.map((call, nth) => encodeCall(call, nth + 1))]),
    )
    return bytes.subarray(at + 1)
  }

  return () => {
    isOver = true
    socket.destroy()
  }
}
