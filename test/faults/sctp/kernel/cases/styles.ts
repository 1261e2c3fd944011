import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  AF_INET,
  type SctpMessage,
  type SctpNotice,
  SctpSocket,
  SOCK_STREAM,
  sctpSocket,
} from '../../../../../src/protocols/sctp/index.js'
import { bytes, close, nextPort, pair, text } from '../stage.js'

const oneToOne = { family: 'ipv4', style: 'oneToOne' } as const

export const styleCases = {
  async 'one-to-one sockets listen, accept, connect and end'() {
    const listener = new SctpSocket(oneToOne)
    const port = nextPort()
    listener.bind(['127.0.0.1', port])
    listener.listen()
    const client = new SctpSocket(oneToOne)
    const [server] = await Promise.all([listener.accept(), client.connect(['127.0.0.1', port])])
    await client.sendv(bytes('ping'), { stream: 2 })
    const seen: string[] = []
    for await (const each of server) {
      seen.push(each.kind === 'message' ? text(each.data) : each.notification!.sn_type.toString(16))
      if (each.kind === 'message') await server.sendv(bytes('pong'))
      if (each.kind === 'message') await server.shutdown()
    }
    assert.equal(seen[0], '8001')
    assert(seen.includes('ping'))
    const answers: string[] = []
    for await (const each of client) if (each.kind === 'message') answers.push(text(each.data))
    assert.deepEqual(answers, ['pong'])
    for (const socket of [listener, server, client]) socket.close()
  },

  async 'the abort of a one-to-one socket is reported, then reading fails'() {
    const listener = new SctpSocket(oneToOne)
    const port = nextPort()
    listener.bind(['127.0.0.1', port])
    listener.listen()
    const client = new SctpSocket(oneToOne)
    const [server] = await Promise.all([listener.accept(), client.connect(['127.0.0.1', port])])
    await client.abort()
    let lost = false
    const reading = (async () => {
      for await (const each of server) {
        const note = each.kind === 'notification' ? each.notification : undefined
        if (note?.sn_type === 0x8001 && note.sac_state === 1) lost = true
      }
    })()
    await assert.rejects(reading, { errorName: 'ECONNRESET' })
    assert(lost)
    for (const socket of [listener, server]) socket.close()
  },

  async 'an IPv6 socket accepts IPv4 peers'() {
    const server = new SctpSocket()
    const port = nextPort()
    server.bind(['::', port])
    server.listen()
    const [four, six] = [new SctpSocket({ family: 'ipv4' }), new SctpSocket()]
    await four.sendv(bytes('four'), { to: ['127.0.0.1', port] })
    await six.sendv(bytes('six'), { to: ['::1', port, 0, 0] })
    const hosts = new Map<string, string>()
    for await (const each of server) {
      if (each.kind === 'message') hosts.set(text(each.data), each.address![0])
      if (hosts.size === 2) break
    }
    assert.equal(hosts.get('four'), '::ffff:127.0.0.1')
    assert.equal(hosts.get('six'), '::1')
    for (const socket of [server, four, six]) socket.close()
  },

  async 'an association is peeled off with its unread messages'() {
    const server = new SctpSocket({ family: 'ipv4' })
    const port = nextPort()
    server.bind(['127.0.0.1', port])
    server.listen()
    const client = new SctpSocket({ family: 'ipv4' })
    await client.sendv(bytes('first'), { to: ['127.0.0.1', port] })
    const up = await server.recvv()
    assert(up?.kind === 'notification' && up.notification?.sn_type === 0x8001)
    const peeled = server.peeloff(up.notification.sac_assoc_id)
    assert.deepEqual(server.associations(), [])
    let message = await peeled.recvv()
    while (message?.kind !== 'message') message = await peeled.recvv()
    assert.equal(text(message.data), 'first')
    await peeled.sendv(bytes('answer'))
    for await (const each of client) if (each.kind === 'message' && text(each.data) === 'answer') break
    for (const socket of [server, client, peeled]) socket.close()
  },

  async 'received messages and notifications are emitted as events'() {
    const server = new SctpSocket({ family: 'ipv4' })
    const port = nextPort()
    server.bind(['127.0.0.1', port])
    server.listen()
    const message = once(server, 'message') as Promise<[SctpMessage]>
    const notification = once(server, 'notification') as Promise<[SctpNotice]>
    const client = new SctpSocket({ family: 'ipv4' })
    await client.sendv(bytes('x'), { to: ['127.0.0.1', port] })
    assert.equal((await notification)[0].notification?.sn_type, 0x8001)
    assert.equal(text((await message)[0].data), 'x')
    const closed = once(server, 'close')
    server.close()
    await closed
    client.close()
  },

  async 'operations pending on a closed socket are rejected'() {
    const server = new SctpSocket({ family: 'ipv4' })
    const reading = assert.rejects(server.recvv(), { errorName: 'EBADF' })
    server.close()
    await reading
    await assert.rejects(server.sendv(bytes('x'), { to: ['127.0.0.1', 1] }), { errorName: 'EBADF' })
  },

  async 'options are read back as they were set'() {
    const both = await pair()
    const { socket } = both.client
    socket.setOption('SCTP_RTOINFO', { srto_initial: 111, srto_max: 222, srto_min: 99 })
    const rto = { srto_assoc_id: 0, srto_initial: 111, srto_max: 222, srto_min: 99 }
    assert.deepEqual(socket.getOption('SCTP_RTOINFO'), rto)
    socket.setOption('SCTP_AUTOCLOSE', 5)
    assert.equal(socket.getOption('SCTP_AUTOCLOSE'), 5)
    const about = { spp_assoc_id: both.ids.client, spp_address: both.server.address }
    socket.setOption('SCTP_PEER_ADDR_PARAMS', {
      ...about,
      spp_hbinterval: 1200,
      spp_pathmaxrxt: 4,
      spp_flags: 1,
    })
    const path = socket.getOption('SCTP_PEER_ADDR_PARAMS', about)
    assert.equal(path.spp_hbinterval, 1200)
    assert.equal(path.spp_pathmaxrxt, 4)
    assert.throws(() => socket.setOption('SCTP_MAXSEG', { assoc_id: 999_999, assoc_value: 100 }), {
      code: 'TCN_SCTP_SOCKET',
      errorName: 'EINVAL',
    })
    close(both)
  },

  async 'a peer that disconnects before it is accepted does not end the listening, in the API of RFC 6458'() {
    const listener = sctpSocket(AF_INET, SOCK_STREAM)
    const port = nextPort()
    listener.bind(['127.0.0.1', port])
    listener.listen()
    const hasty = new SctpSocket(oneToOne)
    await hasty.connect(['127.0.0.1', port])
    await hasty.abort()
    const client = new SctpSocket(oneToOne)
    const [[server, address]] = await Promise.all([listener.accept(), client.connect(['127.0.0.1', port])])
    assert.equal(address[1], client.localAddresses()[0][1])
    for (const socket of [listener, server, client]) socket.close()
  },
}
