import { createServer, type Socket } from 'node:net'
import { connect, headers, type MsgHdrs } from '@nats-io/transport-node'
import { relaxCollector } from '../../src/hub/process/collector-settings.js'
import { serveCalls } from '../harness/child.js'
import { pushConsumer } from '../sides/jetstream-clients.js'
import { subject } from '../sides/nats-ends.js'
import { BodyReader } from '../sides/relayed-ends.js'

export interface StreamRelayOptions {
  /** Addresses of NATS servers. */
  servers: string[]
  stream: string
  socket: string
}

// As in the hub.
relaxCollector()

serveCalls({
  async start({ servers, stream, socket }: StreamRelayOptions) {
    const connection = await connect({ servers })
    // A hub reads what is stored too.
    await pushConsumer(connection, stream, undefined, () => undefined)
    const reply = `_INBOX.relay${process.pid}`
    const waiting: Socket[] = []
    const answered = new Map<Socket, number>()
    let next = 0
    let sent = 0
    const tell = () => {
      for (const [peer, count] of answered) peer.write(countBytes(count))
      answered.clear()
    }
    connection.subscribe(reply, {
      callback: (error, message) => {
        if (error !== null || !('seq' in message.json<object>())) throw error ?? new Error(message.string())
        const peer = waiting[next]
        if (++next === waiting.length) next = waiting.length = 0
        if (answered.size === 0) setImmediate(tell)
        answered.set(peer, (answered.get(peer) ?? 0) + 1)
      },
    })
    const server = createServer((peer) => {
      const bodies = new BodyReader((body) => {
        waiting.push(peer)
        const at = subject(sent)
        connection.publish(at, body, { reply, headers: cloudEvent(`relay-${sent++}`, at) })
      })
      peer.on('data', (chunk) => bodies.take(chunk))
    })
    await new Promise<void>((resolve) => server.listen(socket, resolve))
  },
})

/** The binary mode of the NATS binding of CloudEvents, in which a hub stores events as well. */
function cloudEvent(id: string, subject: string): MsgHdrs {
  const attributes = headers()
  attributes.set('ce-specversion', '1.0')
  attributes.set('ce-source', 'bench')
  attributes.set('ce-subject', subject)
  attributes.set('ce-id', id)
  attributes.set('ce-type', 'com.example.bench')
  attributes.set('ce-datacontenttype', 'application/vnd.msgpack')
  return attributes
}

function countBytes(count: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(count)
  return bytes
}
