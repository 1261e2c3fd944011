import { connect } from 'node:net'
import { asError } from '../../errors/thrown.js'
import { type BusMessage, ERROR, IncomingMessages, RETURN, SIGNAL } from './incoming.js'
import { type DbusCall, encodeCall } from './message.js'

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
  /** Called when the last of the calls is answered: signals come from now on. */
  ready(): void
  /** Called for each signal that the rules have chosen. */
  signal(message: BusMessage): void
  /** Called once, with the reason, unless it was closed. */
  ended(reason: Error): void
}

/** Receives signals of a bus. Returns a function that closes the connection. */
export function watchSignals({
  socket: path,
  rules,
  before = [],
  ready,
  signal,
  ended,
}: SignalsOptions): () => void {
  const socket = connect(path)
  const messages = new IncomingMessages()
  const hello = { ...BUS, member: 'Hello' }
  const calls = [hello, ...rules.map((text) => ({ ...BUS, member: 'AddMatch', text })), ...before]
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
      if (rest !== undefined) for (const message of messages.take(rest)) take(message)
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
    socket.write(
      Buffer.concat([Buffer.from('BEGIN\r\n'), ...calls.map((call, nth) => encodeCall(call, nth + 1))]),
    )
    return bytes.subarray(at + 1)
  }

  function take(message: BusMessage): void {
    const { destination, answers, error } = message.fields
    // No rule is asked about a signal that somebody sends to this connection alone.
    if (message.type === SIGNAL && destination === undefined) signal(message)
    else if (message.type === RETURN && answers === calls.length) ready()
    else if (message.type === ERROR) throw new Error(`the bus refuses a call: ${error}`)
  }

  return () => {
    isOver = true
    socket.destroy()
  }
}
