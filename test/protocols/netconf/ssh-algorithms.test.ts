import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { startTestHub } from '../../../src/hub/testing.js'
import { dialSsh } from '../../../src/protocols/netconf/client/ssh.js'
import { SSH_ALGORITHMS } from '../../../src/protocols/netconf/ssh-algorithms.js'
import { dialOptions, portOf } from '../../faces/netconf/fixture.js'

const GREETING = 'SSH-2.0-test\r\n'
/** RFC 4253, sections 6 and 7.1: lengths of the packet and the padding, the number of the message, and the cookie. */
const HEAD = 4 + 1 + 1 + 16

/** Says a greeting, and returns the lists of names in the first packet that the other end sends. */
async function offersOf(socket: Socket): Promise<string[][]> {
  socket.write(GREETING)
  let received = Buffer.alloc(0)
  for (;;) {
    const at = received.indexOf('\n') + 1
    const packet = received.subarray(at)
    if (at > 0 && packet.length > 4 && packet.length >= 4 + packet.readUInt32BE()) return listsOf(packet)
    received = Buffer.concat([received, (await once(socket, 'data'))[0]])
  }
}

function listsOf(packet: Buffer): string[][] {
  expect(packet[5]).toBe(20)
  const lists: string[][] = []
  for (let at = HEAD; lists.length < 8; ) {
    const end = at + 4 + packet.readUInt32BE(at)
    lists.push(packet.toString('latin1', at + 4, end).split(','))
    at = end
  }
  return lists
}

function expectSafe([exchanges, ...others]: string[][]): void {
  // The last one or two say that extensions and strict exchanges are known.
  const methods = exchanges.filter((name) => !/^(?:ext-info-|kex-strict-)/.test(name))
  expect(methods).toEqual(SSH_ALGORITHMS.kex)
  expect(methods.filter((name) => /group-exchange|sha1$|group1[578]/.test(name))).toEqual([])
  expect(others.slice(5)).toEqual([['none'], ['none']])
}

it('a device that is called is offered no exchange in which it chooses a prime', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection')
  const login = dialSsh({ user: 'ann', password: 'secret', hostKeys: [] }, dialOptions(port))
  const [socket] = (await accepted) as [Socket]
  expectSafe(await offersOf(socket))
  socket.destroy()
  await expect(login).rejects.toThrow()
  server.close()
})

it('a client of the hub is offered none that costs the hub more than the client', async () => {
  await using hub = await startTestHub({ config: { listen: { netconf: '127.0.0.1:0' } } })
  const socket = connect(portOf(hub), '127.0.0.1')
  await once(socket, 'connect')
  expectSafe(await offersOf(socket))
  socket.destroy()
})
