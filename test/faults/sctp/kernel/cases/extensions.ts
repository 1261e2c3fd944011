import assert from 'node:assert/strict'
import type { SctpSocket } from '../../../../../src/protocols/sctp/index.js'
import { bytes, close, pair, sysctl } from '../stage.js'

const DATA_CHUNK = 0
const STREAM_RESET_AND_CHANGE = 7
const OUTGOING = 2
const INCOMING = 1

export const extensionCases = {
  async 'a peer without authentication is reported'() {
    const both = await pair()
    assert.equal((await both.client.seen.notification('SCTP_AUTHENTICATION_EVENT')).auth_indication, 2)
    close(both)
  },

  async 'a new key is reported to the receiver, and an unused one to the sender'() {
    sysctl('auth_enable', 1)
    const secret = bytes('a shared secret')
    const authenticate = (socket: SctpSocket) => {
      socket.setOption('SCTP_AUTH_CHUNK', { sauth_chunk: DATA_CHUNK })
      socket.setOption('SCTP_AUTH_KEY', { sca_keynumber: 1, sca_key: secret })
      socket.setOption('SCTP_AUTH_ACTIVE_KEY', { scact_keynumber: 1 })
    }
    const both = await pair({ before: authenticate })
    for (const [{ socket }, id] of [
      [both.client, both.ids.client] as const,
      [both.server, both.ids.server] as const,
    ]) {
      socket.setOption('SCTP_AUTH_KEY', {
        sca_assoc_id: id,
        sca_keynumber: 2,
        sca_key: bytes('another secret'),
      })
    }
    const association = both.ids.client
    both.client.socket.setOption('SCTP_AUTH_ACTIVE_KEY', { scact_assoc_id: association, scact_keynumber: 2 })
    await both.client.socket.sendv(bytes('with key 2'), { association })
    const fresh = await both.server.seen.notification(
      'SCTP_AUTHENTICATION_EVENT',
      (each) => each.auth_keynumber === 2,
    )
    assert.equal(fresh.auth_indication, 0)
    await both.server.seen.message()
    both.client.socket.setOption('SCTP_AUTH_DEACTIVATE_KEY', {
      scact_assoc_id: association,
      scact_keynumber: 1,
    })
    const free = await both.client.seen.notification(
      'SCTP_AUTHENTICATION_EVENT',
      (each) => each.auth_indication === 1,
    )
    assert.equal(free.auth_keynumber, 1)
    close(both)
    sysctl('auth_enable', 0)
  },

  async 'streams are reset and added'() {
    sysctl('reconf_enable', 1)
    const allow = (socket: SctpSocket) =>
      socket.setOption('SCTP_ENABLE_STREAM_RESET', { assoc_value: STREAM_RESET_AND_CHANGE })
    const both = await pair({ before: allow })
    const { socket, seen } = both.client
    const association = both.ids.client
    socket.setOption('SCTP_RESET_STREAMS', {
      srs_assoc_id: association,
      srs_flags: OUTGOING,
      srs_stream_list: [1, 4],
    })
    const mine = await seen.notification('SCTP_STREAM_RESET_EVENT')
    assert.equal(mine.strreset_flags, OUTGOING)
    assert.deepEqual([...mine.strreset_stream_list!], [1, 4])
    const theirs = await both.server.seen.notification('SCTP_STREAM_RESET_EVENT')
    assert.equal(theirs.strreset_flags, INCOMING)
    socket.setOption('SCTP_ADD_STREAMS', { sas_assoc_id: association, sas_outstrms: 3 })
    const change = await seen.notification('SCTP_STREAM_CHANGE_EVENT')
    assert.equal(change.strchange_outstrms, 3)
    socket.setOption('SCTP_RESET_ASSOC', association)
    assert.equal((await seen.notification('SCTP_ASSOC_RESET_EVENT')).assocreset_assoc_id, association)
    close(both)
    sysctl('reconf_enable', 0)
  },
}
