import assert from 'node:assert/strict'
import { type Address, constants, SctpSocket } from '../../../../../src/protocols/sctp/index.js'
import {
  addAddress,
  bytes,
  close,
  end,
  nextPort,
  pair,
  permanentHost,
  removeAddress,
  text,
} from '../stage.js'

const PEERS = 50

export const deliveryCases = {
  async 'a message arrives with its stream, its protocol and its order'() {
    const both = await pair()
    const association = both.ids.client
    await both.client.socket.sendv(bytes('a'), { association, stream: 3, ppid: 60, unordered: true })
    const message = await both.server.seen.message()
    assert.equal(message.stream, 3)
    assert.equal(message.ppid, 60)
    assert.equal(message.unordered, true)
    assert.equal(message.complete, true)
    assert.equal(message.association, both.ids.server)
    assert.deepEqual(message.address, both.client.address)
    close(both)
  },

  async 'a message to an address opens the association'() {
    const [server, client] = [end(), end()]
    server.socket.listen()
    await client.socket.sendv(bytes('hello'), { to: server.address })
    assert.equal(text((await server.seen.message()).data), 'hello')
    close({ client, server })
  },

  async 'the next message is announced'() {
    const both = await pair()
    both.server.socket.setOption('SCTP_RECVNXTINFO', 1)
    const association = both.ids.client
    const sent = ['first', 'the second'].map((each) => both.client.socket.sendv(bytes(each), { association }))
    await Promise.all(sent)
    const first = await both.server.seen.message()
    assert(first.next === undefined || first.next.nxt_length === 10)
    await both.server.seen.message()
    close(both)
  },

  async 'a message larger than the receive buffer arrives whole'() {
    const both = await pair({ before: (socket) => socket.setOption('SO_SNDBUF', 1_000_000) })
    const data = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251))
    await both.client.socket.sendv(data, { association: both.ids.client })
    const message = await both.server.seen.message()
    assert.equal(message.complete, true)
    assert(data.equals(message.data))
    close(both)
  },

  async 'a message larger than maxMessage arrives in parts, the last one complete'() {
    const both = await pair({
      server: { maxMessage: 100_000 },
      before: (socket) => socket.setOption('SO_SNDBUF', 1_000_000),
    })
    const data = Buffer.alloc(300_000, 'abcdefg')
    await both.client.socket.sendv(data, { association: both.ids.client })
    const parts: Uint8Array[] = []
    for (let complete = false; !complete; ) {
      const message = await both.server.seen.message()
      parts.push(message.data)
      complete = message.complete
    }
    assert(parts.length > 1)
    assert(data.equals(Buffer.concat(parts)))
    close(both)
  },

  async 'failed messages are returned with their context'() {
    addAddress('10.9.7.1')
    const both = await pair({ clientHost: permanentHost, serverHost: '10.9.7.1' })
    removeAddress('10.9.7.1')
    const association = both.ids.client
    for (const context of [11, 12, 13]) {
      await both.client.socket.sendv(bytes(`lost ${context}`), { association, context, stream: 1, ppid: 46 })
    }
    await both.client.socket.abort(association)
    for (const context of [11, 12, 13]) {
      const failed = await both.client.seen.notification('SCTP_SEND_FAILED_EVENT')
      assert.equal(failed.ssfe_info.snd_context, context)
      assert.equal(failed.ssfe_info.snd_sid, 1)
      assert.equal(failed.ssfe_assoc_id, association)
      assert.equal(text(failed.ssfe_data!), `lost ${context}`)
    }
    close(both)
  },

  async 'an expired message is returned'() {
    addAddress('10.9.7.2')
    const both = await pair({ clientHost: permanentHost, serverHost: '10.9.7.2' })
    removeAddress('10.9.7.2')
    const association = both.ids.client
    const giveUp = { after: 'ttl', value: 20 } as const
    // The first messages are in the window; only those that wait after them can expire.
    for (let i = 0; i < 20; i++) {
      await both.client.socket.sendv(Buffer.alloc(1400), { association, context: i + 1, giveUp })
    }
    await both.client.seen.notification('SCTP_SEND_FAILED_EVENT')
    await both.client.socket.abort(association)
    close(both)
  },

  async 'an abort in the middle of a message ends its partial delivery'() {
    const small = (socket: SctpSocket) => {
      socket.setOption('SO_RCVBUF', 16_384)
      socket.setOption('SO_SNDBUF', 1_000_000)
    }
    const both = await pair({ before: small })
    const association = both.ids.client
    const sent = both.client.socket.sendv(Buffer.alloc(300_000, 'x'), { association })
    await sent
    await both.client.socket.abort(association, bytes('stop'))
    const partial = await both.server.seen.notification('SCTP_PARTIAL_DELIVERY_EVENT')
    assert.equal(partial.pdapi_indication, constants.linux.SCTP_PARTIAL_DELIVERY_ABORTED)
    assert.equal(partial.pdapi_assoc_id, both.ids.server)
    await both.server.seen.notification('SCTP_ASSOC_CHANGE', ({ sac_state }) => sac_state === 1)
    assert.equal(both.server.socket.abandonedMessages, 1)
    assert(!both.server.seen.names().includes('message'))
    close(both)
  },

  async 'a fast sender waits for a slow reader, and nothing is lost'() {
    const server = new SctpSocket({ family: 'ipv4' })
    server.setOption('SO_RCVBUF', 65_536)
    server.bind(['127.0.0.1', 19_001])
    server.listen()
    const client = end({ events: ['SCTP_ASSOC_CHANGE'] })
    client.socket.setOption('SO_SNDBUF', 65_536)
    const association = await client.socket.connect(['127.0.0.1', 19_001])
    let taken = 0
    const sending = (async () => {
      for (let i = 0; i < 3000; i++, taken++)
        await client.socket.sendv(Buffer.alloc(200, i), { association, context: i })
    })()
    await standstill(() => taken)
    assert(taken > 0 && taken < 3000, `${taken} were taken`)
    let received = 0
    let notifications = 0
    for await (const each of server) {
      if (each.kind === 'notification') notifications++
      else assert.equal(each.data[0], received++ & 0xff)
      if (received === 3000) break
    }
    await sending
    assert(notifications >= 1)
    await client.socket.shutdown(association)
    for await (const each of server) {
      if (each.kind === 'notification' && each.notification?.sn_type === 0x8005) break
    }
    server.close()
    client.socket.close()
  },

  async 'no notification is lost while the reader is slower than the events'() {
    const server = new SctpSocket({ family: 'ipv4' })
    server.setOption('SO_RCVBUF', 16_384)
    const address: Address = ['127.0.0.1', nextPort()]
    server.bind(address)
    server.listen(PEERS + 1)
    const flood = new SctpSocket({ family: 'ipv4', events: [] })
    const association = await flood.connect(address)
    let taken = 0
    const sending = (async () => {
      for (; taken < 1000; taken++) await flood.sendv(Buffer.alloc(200), { association })
    })()
    await standstill(() => taken)
    // While the buffer is full, peers connect and disconnect.
    for (let i = 0; i < PEERS; i++) {
      const { socket, seen } = end({ events: ['SCTP_ASSOC_CHANGE'] })
      const id = await socket.connect(address)
      await seen.notification('SCTP_ASSOC_CHANGE')
      await socket.shutdown(id)
      await seen.notification('SCTP_ASSOC_CHANGE', ({ sac_state }) => sac_state === 3)
      socket.close()
    }
    const told = { up: 0, shutdown: 0, complete: 0, messages: 0 }
    for await (const each of server) {
      const note = each.kind === 'notification' ? each.notification : undefined
      if (each.kind === 'message') told.messages++
      else if (note?.sn_type === 0x8005) told.shutdown++
      else if (note?.sn_type === 0x8001) note.sac_state === 0 ? told.up++ : told.complete++
      if (told.messages === 1000 && told.complete === PEERS) break
    }
    await sending
    assert.deepEqual(told, { up: PEERS + 1, shutdown: PEERS, complete: PEERS, messages: 1000 })
    for (const socket of [server, flood]) socket.close()
  },

  async 'numbers out of range are refused, not truncated'() {
    const socket = new SctpSocket({ family: 'ipv4' })
    const data = bytes('x')
    for (const options of [
      { stream: 65_536 },
      { ppid: 2 ** 32 },
      { ppid: -1 },
      { context: Number.NaN },
      { association: 1.5 },
      { keyNumber: -1 },
      { giveUp: { after: 'ttl', value: 2 ** 33 } } as const,
    ]) {
      await assert.rejects(socket.sendv(data, { to: ['127.0.0.1', 1], ...options }), RangeError)
    }
    socket.close()
  },
}

/** Waits until a sender is stopped by full buffers. */
async function standstill(taken: () => number): Promise<void> {
  for (let last = -1; last !== taken(); ) {
    last = taken()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
