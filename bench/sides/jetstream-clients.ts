import { connect, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node'
import { encode } from '../../src/event/index.js'
import { nodeRuntime } from '../../src/hub/node-runtime.js'
import { JetStreamLog } from '../../src/log/jetstream/jetstream-log.js'
import { NatsLink } from '../../src/storage/nats/link.js'
import { sampleFrames } from '../harness/frames.js'
import { sample, sampleTag } from '../harness/sample-event.js'

/** The stream of the engine. Its events have subjects below the name. */
export const LOG_STREAM = 'TOCSIN'

/** Different events that are sent again and again, so that making them is not measured. */
const SAMPLES = 4096

/** Sends to JetStream, through the engine or as a client that has only the connection. */
export interface Appender {
  /** Appends this many events; `done` is called with the number of those that are stored. */
  append(count: number, done: (count: number) => void): void
  close(): Promise<void>
}

/** Opens the log of the engine on a server. */
export async function openLog(address: string, window: number): Promise<JetStreamLog> {
  const runtime = nodeRuntime()
  return JetStreamLog.open({
    runtime,
    link: await NatsLink.open({ runtime, servers: address }),
    stream: LOG_STREAM,
    prefix: LOG_STREAM,
    window,
    typeOf: () => 'tocsin.event',
  })
}

/** Appends batches of frames to the log, as the primary. */
export async function engineAppender(address: string, window: number, batch: number): Promise<Appender> {
  const log = await openLog(address, window)
  await log.lead({ owner: 'bench', isHeld: () => true })
  const batches = Array.from({ length: SAMPLES / batch }, (_, at) => sampleFrames(at * batch, batch))
  let next = 0
  return {
    append(count, done) {
      for (let left = count; left > 0; left -= batch) {
        log.append(batches[next++ % batches.length], (error) => {
          if (error !== undefined) throw error
          done(batch)
        })
      }
    },
    close: () => log.close(),
  }
}

/**
 * A client with one subscription for all acknowledgements, as fast as `publish` of the library's connection allows: its
 * header block is one string, since the library's class for headers takes longer than the rest.
 */
export async function bareAppender(address: string, expecting: boolean): Promise<Appender> {
  const connection = await connect({ servers: address })
  const inbox = `_INBOX.bench${process.pid}`
  const waiting: ((count: number) => void)[] = []
  let last = expecting ? await lastSequence(connection) : 0
  let next = 0
  connection.subscribe(`${inbox}.*`, {
    callback: (error, message) => {
      if (error !== null) throw error
      const { seq, error: refused } = message.json<{ seq: number; error?: unknown }>()
      if (!(seq > 0)) throw new Error(JSON.stringify(refused))
      waiting.shift()!(1)
    },
  })
  const messages = bareMessages()
  return {
    append(count, done) {
      for (let left = count; left > 0; left--) {
        const { subject, lines, body } = messages[next % SAMPLES]
        waiting.push(done)
        const expected = expecting ? `Nats-Expected-Last-Sequence: ${last++}\r\n` : ''
        const block = Buffer.from(`NATS/1.0\r\n${lines}ce-id: ${next}\r\n${expected}\r\n`, 'latin1')
        connection.publish(subject, body, { reply: `${inbox}.${next++}`, headers: encoded(block) })
      }
    },
    close: () => connection.close(),
  }
}

/** The library's own way to publish and wait for the acknowledgement. */
export async function libraryAppender(address: string): Promise<Appender> {
  const { jetstream } = await import('@nats-io/jetstream')
  const connection = await connect({ servers: address })
  const stream = jetstream(connection)
  const messages = bareMessages()
  let next = 0
  return {
    append(count, done) {
      for (let left = count; left > 0; left--) {
        const { subject, lines, body } = messages[next % SAMPLES]
        const block = Buffer.from(`NATS/1.0\r\n${lines}ce-id: ${next++}\r\n\r\n`, 'latin1')
        void stream.publish(subject, body, { headers: encoded(block) }).then(() => done(1))
      }
    },
    close: () => connection.close(),
  }
}

/**
 * Calls `received` with the messages of a stream from a place on, which a push consumer with flow control delivers.
 * Without a place, with those that are new.
 */
export async function pushConsumer(
  connection: NatsConnection,
  stream: string,
  from: number | undefined,
  received: (message: Msg) => void,
): Promise<() => void> {
  const inbox = `_INBOX.push${process.pid}.${++inboxes}`
  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error !== null) throw error
      if (message.reply?.startsWith('$JS.ACK.')) received(message)
      else if (message.reply) connection.publish(message.reply)
    },
  })
  const start = from === undefined ? { deliver_policy: 'new' } : { opt_start_seq: from }
  const config = {
    deliver_policy: 'by_start_sequence',
    ...start,
    deliver_subject: inbox,
    ack_policy: 'none',
    max_deliver: -1,
    mem_storage: true,
    num_replicas: 1,
    flow_control: true,
    idle_heartbeat: 500e6,
    inactive_threshold: 30e9,
  }
  const request = JSON.stringify({ stream_name: stream, config })
  const answer = await connection.request(`$JS.API.CONSUMER.CREATE.${stream}`, request, { timeout: 5000 })
  const { error } = answer.json<{ error?: unknown }>()
  if (error !== undefined) throw new Error(JSON.stringify(error))
  return () => subscription.unsubscribe()
}

let inboxes = 0

function bareMessages(): { subject: string; lines: string; body: Uint8Array }[] {
  return Array.from({ length: SAMPLES }, (_, at) => {
    const tag = sampleTag(at)
    const lines =
      'ce-specversion: 1.0\r\nce-source: host/bench\r\nce-type: tocsin.event\r\n' +
      `ce-subject: ${tag}\r\nce-datacontenttype: application/vnd.msgpack\r\n`
    return { subject: tag.replaceAll('/', '.'), lines, body: encode(sample(at)) }
  })
}

/** The library asks its header object only for the encoded block. */
function encoded(block: Uint8Array): MsgHdrs {
  return { encode: () => block } as unknown as MsgHdrs
}

async function lastSequence(connection: NatsConnection): Promise<number> {
  const { STREAM } = await import('./nats-ends.js')
  const info = await connection.request(`$JS.API.STREAM.INFO.${STREAM}`)
  return info.json<{ state: { last_seq: number } }>().state.last_seq
}
