import assert from 'node:assert/strict'
import {
  AF_INET6,
  constants,
  parseErrorCauses,
  parseNotification,
  SctpEvent,
  SctpSocket,
  SOCK_SEQPACKET,
  sctpSocket,
} from '../../../../../src/protocols/sctp/index.js'
import {
  addAddress,
  bytes,
  close,
  end,
  isUp,
  nextPort,
  pair,
  permanentHost,
  removeAddress,
  text,
} from '../stage.js'

const { IPPROTO_SCTP, MSG_NOTIFICATION, SCTP_EVENT, SCTP_SENDER_DRY_EVENT } = constants.linux

const MANY = 100

export const associationCases = {
  async 'the sender of the association is dry, in the API of RFC 6458'() {
    const server = end({ family: 'ipv6' }, '::1')
    server.socket.listen()
    const sock = sctpSocket(AF_INET6, SOCK_SEQPACKET)
    const id = sock.connect(server.address)
    const event = new SctpEvent({ se_assoc_id: id, se_type: SCTP_SENDER_DRY_EVENT, se_on: 1 })
    sock.setsockopt(IPPROTO_SCTP, SCTP_EVENT, event)
    const [data, , info, , flags] = await sock.sctpRecvv(1024)
    assert(flags & MSG_NOTIFICATION)
    assert.equal(info, undefined)
    const expected = { sn_type: 32777, sender_dry_flags: 0, sender_dry_assoc_id: id }
    assert.deepEqual(parseNotification(data), expected)
    sock.close()
    server.socket.close()
  },

  async 'only subscribed notifications are delivered'() {
    const both = await pair({ client: { events: ['SCTP_ASSOC_CHANGE'] } })
    both.client.socket.subscribe(['SCTP_ASSOC_CHANGE'], { association: both.ids.client, on: false })
    await both.server.socket.sendv(bytes('one'), { association: both.ids.server })
    await both.client.seen.message()
    await both.client.socket.shutdown(both.ids.client)
    await both.server.seen.notification('SCTP_SHUTDOWN_EVENT')
    await both.server.seen.notification('SCTP_ASSOC_CHANGE', ({ sac_state }) => sac_state === 3)
    assert.deepEqual(both.client.seen.names(), ['SCTP_ASSOC_CHANGE', 'message'])
    close(both)
  },

  async 'an association comes up with the number of streams that both ends agreed on'() {
    const server = end({}, '127.0.0.1', (socket) =>
      socket.setOption('SCTP_INITMSG', { sinit_max_instreams: 7 }),
    )
    const client = end({}, '127.0.0.1', (socket) =>
      socket.setOption('SCTP_INITMSG', { sinit_num_ostreams: 20 }),
    )
    server.socket.listen()
    const id = await client.socket.connect(server.address)
    const up = await client.seen.notification('SCTP_ASSOC_CHANGE')
    assert.equal(up.sac_state, 0)
    assert.equal(up.sac_assoc_id, id)
    assert.equal(up.sac_outbound_streams, 7)
    const status = client.socket.getOption('SCTP_STATUS', { sstat_assoc_id: id })
    assert.equal(status.sstat_state, 4)
    assert.equal(status.sstat_outstrms, 7)
    assert.deepEqual(status.sstat_primary.spinfo_address, server.address)
    assert.deepEqual(client.socket.peerAddresses(id), [server.address])
    assert.deepEqual(client.socket.associations(), [id])
    close({ client, server })
  },

  async 'both ends receive the adaptation indication of the other'() {
    const adapt = (value: number) => (socket: SctpSocket) =>
      socket.setOption('SCTP_ADAPTATION_LAYER', { ssb_adaptation_ind: value })
    const server = end({}, '127.0.0.1', adapt(7))
    const client = end({}, '127.0.0.1', adapt(0x01020304))
    server.socket.listen()
    await client.socket.connect(server.address)
    assert.equal((await client.seen.notification('SCTP_ADAPTATION_INDICATION')).sai_adaptation_ind, 7)
    assert.equal(
      (await server.seen.notification('SCTP_ADAPTATION_INDICATION')).sai_adaptation_ind,
      0x01020304,
    )
    close({ client, server })
  },

  async 'a sender is dry after everything is acknowledged'() {
    const both = await pair()
    await both.client.socket.sendv(bytes('x'), { association: both.ids.client })
    const dry = await both.client.seen.notification('SCTP_SENDER_DRY_EVENT')
    assert.equal(dry.sender_dry_assoc_id, both.ids.client)
    assert.equal(text((await both.server.seen.message()).data), 'x')
    close(both)
  },

  async 'both ends are notified of a shutdown'() {
    const both = await pair()
    await both.client.socket.shutdown(both.ids.client)
    assert.equal((await both.server.seen.notification('SCTP_SHUTDOWN_EVENT')).sse_assoc_id, both.ids.server)
    await both.server.seen.notification('SCTP_ASSOC_CHANGE', ({ sac_state }) => sac_state === 3)
    const complete = await both.client.seen.notification(
      'SCTP_ASSOC_CHANGE',
      ({ sac_state }) => sac_state === 3,
    )
    assert.equal(complete.sac_assoc_id, both.ids.client)
    close(both)
  },

  async 'an abort carries its cause and its reason'() {
    const both = await pair()
    await both.client.socket.abort(both.ids.client, bytes('enough'))
    const lost = await both.server.seen.notification('SCTP_ASSOC_CHANGE', ({ sac_state }) => sac_state === 1)
    assert.equal(lost.sac_cause?.code, 12)
    const [cause] = parseErrorCauses(lost.sac_info as Uint8Array)
    assert.equal(cause.code, 12)
    assert.equal(text(cause.value), 'enough')
    await both.client.seen.notification('SCTP_ASSOC_CHANGE', ({ sac_state }) => sac_state === 1)
    close(both)
  },

  async 'an association that is refused cannot start'() {
    const client = end()
    await client.socket.connect(['127.0.0.1', nextPort()])
    const refused = await client.seen.notification('SCTP_ASSOC_CHANGE')
    assert.equal(refused.sac_state, 4)
    client.socket.close()
  },

  async 'a refused one-to-one connection rejects, and its notification can be read'() {
    const socket = new SctpSocket({ family: 'ipv4', style: 'oneToOne' })
    await assert.rejects(socket.connect(['127.0.0.1', nextPort()]), { errorName: 'ECONNREFUSED' })
    const received = await socket.recvv()
    assert(received?.kind === 'notification' && received.notification?.sn_type === 32769)
    assert.equal(received.notification.sac_state, 4)
    socket.close()
  },

  async 'a peer that starts again restarts its association'() {
    addAddress('10.9.8.1')
    const both = await pair({ clientHost: '10.9.8.1', serverHost: permanentHost })
    // Without the address, the abort of the first socket is not sent.
    removeAddress('10.9.8.1')
    await both.client.socket.abort(both.ids.client)
    both.client.socket.close()
    addAddress('10.9.8.1')
    const again = new SctpSocket({ family: 'ipv4' })
    again.bind(both.client.address)
    await again.connect(both.server.address)
    const restart = await both.server.seen.notification('SCTP_ASSOC_CHANGE')
    assert.equal(restart.sac_state, 2)
    assert.equal(restart.sac_assoc_id, both.ids.server)
    again.close()
    both.server.socket.close()
    removeAddress('10.9.8.1')
  },

  async 'many concurrent associations are kept apart'() {
    const server = end({ events: ['SCTP_ASSOC_CHANGE', 'SCTP_SHUTDOWN_EVENT'] })
    server.socket.listen(512)
    const clients = Array.from({ length: MANY }, () => end({ events: ['SCTP_ASSOC_CHANGE'] }))
    const ids = await Promise.all(
      clients.map(async (client, i) => {
        const id = await client.socket.connect(server.address)
        await isUp(client)
        await client.socket.sendv(bytes(`client ${i}`), { association: id, stream: i % 10, ppid: i })
        return isUp(server)
      }),
    )
    assert.equal(new Set(ids).size, MANY)
    assert.deepEqual(server.socket.associations().sort(), ids.sort())
    const seen = new Set<string>()
    for (let i = 0; i < MANY; i++) {
      const message = await server.seen.message()
      assert.equal(text(message.data), `client ${message.ppid}`)
      assert.equal(message.stream, message.ppid % 10)
      seen.add(text(message.data))
    }
    assert.equal(seen.size, MANY)
    for (const client of clients) client.socket.close()
    for (let i = 0; i < MANY; i++) await server.seen.notification('SCTP_SHUTDOWN_EVENT')
    server.socket.close()
  },
}
