import { connect, type Socket } from 'node:net'
import { RecordSplitter } from '../../src/event/splitter.js'
import { type ControlName, decodeRecord, encodeRecord } from '../../src/protocols/native/codec.js'
import { PROTOCOL_VERSION, type RecordBodies } from '../../src/protocols/native/protocol.js'
import { NOTIF_STREAM_EVENT } from '../../src/protocols/ncs/constants/events.js'
import { serveCalls } from '../harness/child.js'
import { seconds } from '../harness/clock.js'
import { FILTER } from '../harness/sample-event.js'

export interface StreamReaderOptions {
  address: string
}

const MAX_RECORD = 64 * 1024 * 1024

let options: StreamReaderOptions

serveCalls({
  start(given: StreamReaderOptions) {
    options = given
  },
  /** Events per second of an ordinary replay, counted as those of a stream are. */
  native: (events: number) =>
    replay(events, {}, (reader) => reader.send('subscribe', { filters: FILTER, from: 'start' })),
  /** Events per second of the replay of the stream `jobs`. */
  stream: (events: number, xpath?: string) =>
    replay(events, {
      features: ['ncs'],
      ncs: { mask: NOTIF_STREAM_EVENT, stream: 'jobs', start: '2000-01-01T00:00:00Z', xpath },
    }),
})

async function replay(
  events: number,
  hello: Partial<RecordBodies['hello']>,
  begin?: (reader: Reader) => void,
): Promise<number> {
  const started = seconds()
  const reader = new Reader(events)
  reader.send('hello', { version: PROTOCOL_VERSION, ...hello })
  begin?.(reader)
  await reader.done
  return events / (seconds() - started)
}

/** Counts events without a look at them, and leaves after so many. */
class Reader {
  readonly done: Promise<void>
  readonly #socket: Socket
  #left: number

  constructor(events: number) {
    this.#left = events
    this.#socket = connect(options.address.replace(/^unix:/, ''))
    this.done = new Promise((resolve, reject) => {
      const splitter = new RecordSplitter(
        {
          onEvents: (_bytes, _start, _end, count) => {
            this.#left -= count
          },
          onRecord: (op, bytes, start, end) => {
            const record = decodeRecord(op, bytes, start, end)
            if (record?.name === 'error') reject(new Error(record.body.message))
          },
        },
        MAX_RECORD,
      )
      this.#socket.on('data', (chunk: Uint8Array) => {
        splitter.push(chunk)
        if (this.#left > 0) return
        this.#socket.destroy()
        resolve()
      })
      this.#socket.on('error', reject)
    })
  }

  send<N extends ControlName>(name: N, body: RecordBodies[N]): void {
    this.#socket.write(encodeRecord(name, body))
  }
}
