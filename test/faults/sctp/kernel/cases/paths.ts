import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Address, SctpSocket } from '../../../../../src/protocols/sctp/index.js'
import {
  addAddress,
  beHasty,
  bytes,
  end,
  isUp,
  nextPort,
  pair,
  permanentHost,
  removeAddress,
  sysctl,
} from '../stage.js'

const state = (wanted: number) => (each: { spc_state: number }) => each.spc_state === wanted

export const pathCases = {
  async 'every change of an address of the peer is reported'() {
    const hosts = ['10.9.1.1', '10.9.1.2', '10.9.1.3']
    for (const host of hosts) addAddress(host)
    const port = nextPort()
    const [first, second] = hosts.map((host): Address => [host, port])
    const server = new SctpSocket({ family: 'ipv4' })
    server.bind(first)
    server.bindx([second])
    server.listen()
    // Applies to sockets created while it is set: they report addresses that have potentially failed.
    sysctl('pf_expose', 2)
    const client = end({}, hosts[2], beHasty)
    sysctl('pf_expose', 0)
    client.socket.setOption('SCTP_PEER_ADDR_PARAMS', { spp_hbinterval: 50, spp_pathmaxrxt: 3, spp_flags: 1 })
    client.socket.setOption('SCTP_ASSOCINFO', { sasoc_asocmaxrxt: 100 })
    const association = await client.socket.connect(first)
    await isUp(client)
    // On a busy machine either address may fail and recover by itself.
    const changed = (number: number, [host]: Address) =>
      client.seen.notification(
        'SCTP_PEER_ADDR_CHANGE',
        ({ spc_state, spc_aaddr }) => spc_state === number && spc_aaddr[0] === host,
      )
    await changed(5, second)
    assert.deepEqual(client.socket.peerAddresses(association), [first, second])
    client.socket.setOption('SCTP_PRIMARY_ADDR', { ssp_assoc_id: association, ssp_addr: second })
    await changed(4, second)
    removeAddress(hosts[0])
    await changed(6, first)
    await changed(1, first)
    addAddress(hosts[0])
    const path = { spinfo_assoc_id: association, spinfo_address: first }
    do await changed(0, first)
    while (client.socket.getOption('SCTP_GET_PEER_ADDR_INFO', path).spinfo_state !== 2)
    client.socket.close()
    server.close()
    for (const host of hosts) removeAddress(host)
  },

  async 'an association is set up with all addresses of the peer'() {
    const port = nextPort()
    const server = new SctpSocket({ family: 'ipv4' })
    const hosts = ['10.9.4.1', '10.9.4.2']
    for (const host of hosts) addAddress(host)
    const addresses = hosts.map((host): Address => [host, port])
    server.bindx(addresses)
    server.listen()
    const client = end({}, permanentHost)
    const association = await client.socket.connectx(addresses)
    assert.equal(await isUp(client), association)
    assert.deepEqual(client.socket.peerAddresses(association), addresses)
    assert.deepEqual(server.localAddresses(), addresses)
    client.socket.close()
    server.close()
    for (const host of hosts) removeAddress(host)
  },

  async 'addresses that the peer adds and removes are reported'() {
    sysctl('addip_enable', 1)
    for (const host of ['10.9.2.1', '10.9.2.2']) addAddress(host)
    const both = await pair({ clientHost: permanentHost, serverHost: '10.9.2.1' })
    const added: Address = ['10.9.2.2', both.server.address[1]]
    both.server.socket.bindx([added])
    const told = await both.client.seen.notification('SCTP_PEER_ADDR_CHANGE', state(3))
    assert.deepEqual(told.spc_aaddr, added)
    both.server.socket.bindx([added], { remove: true })
    await both.client.seen.notification('SCTP_PEER_ADDR_CHANGE', state(2))
    both.client.socket.close()
    both.server.socket.close()
    for (const host of ['10.9.2.1', '10.9.2.2']) removeAddress(host)
    sysctl('addip_enable', 0)
  },

  async 'a path that is cut loses the association, and undelivered messages are returned'() {
    addAddress('10.9.3.1')
    const both = await pair({ clientHost: permanentHost, serverHost: '10.9.3.1', before: beHasty })
    removeAddress('10.9.3.1')
    await both.client.socket.sendv(bytes('into the void'), { association: both.ids.client, context: 5 })
    await both.client.seen.notification('SCTP_PEER_ADDR_CHANGE', state(1))
    const lost = await both.client.seen.notification('SCTP_ASSOC_CHANGE', ({ sac_state }) => sac_state === 1)
    assert.equal(lost.sac_error, 0)
    assert.equal((await both.client.seen.notification('SCTP_SEND_FAILED_EVENT')).ssfe_info.snd_context, 5)
    both.client.socket.close()
    both.server.socket.close()
  },

  async 'the end of a killed peer is reported'() {
    const server = end()
    server.socket.listen()
    const child = spawn(process.execPath, [process.argv[1], 'peer', 'idle', String(server.address[1])], {
      stdio: 'inherit',
    })
    const id = await isUp(server)
    child.kill('SIGKILL')
    assert.equal((await server.seen.notification('SCTP_SHUTDOWN_EVENT')).sse_assoc_id, id)
    await server.seen.notification('SCTP_ASSOC_CHANGE', ({ sac_state }) => sac_state === 3)
    server.socket.close()
  },

  async 'a program may end with its socket open'() {
    const server = end()
    server.socket.listen()
    const child = spawn(process.execPath, [process.argv[1], 'peer', 'exit', String(server.address[1])], {
      stdio: 'inherit',
    })
    const [code, signal] = await once(child, 'exit')
    assert.deepEqual([code, signal], [0, null])
    await server.seen.notification('SCTP_SHUTDOWN_EVENT')
    server.socket.close()
  },
}
