import { type Duplex, duplexPair } from 'node:stream'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { Runtime } from '../../../event/runtime.js'
import { withTimeout } from '../../../event/runtime.js'
import { RecordSplitter } from '../../../event/splitter.js'
import { decodeRecord, encodeRecord } from '../../../protocols/native/codec.js'
import { PROTOCOL_VERSION } from '../../../protocols/native/protocol.js'

const TIMEOUT = 10_000
const MAX_RECORD = 64 * 1024 * 1024

/**
 * Connects to the face as a client does and reads the last event of the log, which works only if face, bus and log do.
 * Rejects otherwise.
 */
export async function probeHealth(runtime: Runtime, accept: (stream: Duplex) => void): Promise<void> {
  const [client, server] = duplexPair()
  try {
    const read = readLastEvent(client)
    accept(server)
    client.write(encodeRecord('hello', { version: PROTOCOL_VERSION, name: 'health check' }))
    client.write(encodeRecord('subscribe', { from: 'end-1', to: 'end' }))
    await withTimeout(runtime, TIMEOUT, read)
  } finally {
    client.destroy()
    server.destroy()
  }
}

function readLastEvent(client: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (why: string) => reject(new TocsinError('TCN_INTERNAL', `health check: ${why}`))
    const onRecord = (op: number, bytes: Uint8Array, start: number, end: number): void => {
      const record = decodeRecord(op, bytes, start, end)
      if (record?.name === 'goodbye' && record.body.code === 'END') resolve()
      else if (record?.name === 'goodbye' || record?.name === 'error') failed(record.body.code)
    }
    const splitter = new RecordSplitter({ onEvents: () => {}, onRecord }, MAX_RECORD)
    client.on('data', (chunk) => splitter.push(chunk))
    client.on('error', (error) => failed(error.message))
    client.on('close', () => failed('closed'))
  })
}
