import { once } from 'node:events'
import type { Duplex, Writable } from 'node:stream'
import { expect, it, onTestFinished } from 'vitest'
import { dialSsh } from '../../../src/protocols/netconf/client/ssh.js'
import type { NetconfTransport } from '../../../src/protocols/netconf/client/transport.js'
import { dialOptions } from '../../faces/netconf/fixture.js'
import { SshDevice } from './ssh-device.js'

const MIB = 1024 * 1024

interface ServedChannel extends Duplex {
  readonly stderr: Writable
  readonly outgoing: { window: number }
  readonly _client: { _protocol: { ping(): void }; _sock: { destroyed: boolean; writableLength: number } }
}

/** A device that does this on the channel of the subsystem. */
async function dialled(serve: (channel: ServedChannel) => void): Promise<NetconfTransport> {
  const device = new SshDevice({ serve: (stream) => serve(stream as ServedChannel) })
  await device.listen()
  const login = { user: 'admin', password: 'secret', hostKeys: [device.fingerprint] }
  const transport = await dialSsh(login, dialOptions(device.port))
  onTestFinished(() => {
    transport.destroy()
    device.close()
  })
  return transport
}

it('a device that sends more than the window of the channel is left', async () => {
  const { stream } = await dialled((channel) => {
    channel.outgoing.window = Infinity
    // At a window of 0 the library drops what comes; one below 0 it does not notice.
    for (let n = 0; n < 300; n++) channel.write(Buffer.alloc(30_000))
  })
  const { _client: client } = stream as ServedChannel
  const [error] = await once(stream, 'error')
  expect(String(error)).toContain('more than the window of its channel')
  await expect.poll(() => client._sock.destroyed).toBe(true)
  expect(stream.readableLength).toBeLessThan(8 * MIB)
})

it('a device may write any number of bytes to what nobody reads', async () => {
  const { stream } = await dialled((channel) => {
    channel.on('error', () => {})
    channel.stderr.on('error', () => {})
    let left = 64
    const go = () => {
      if (left-- > 0) channel.stderr.write(Buffer.alloc(MIB), go)
      else channel.end('the end')
    }
    go()
  })
  let text = ''
  for await (const piece of stream) text += piece
  expect(text).toBe('the end')
})

it('a device that asks and does not read the answers is not read from', async () => {
  let waiting = () => 0
  const { stream } = await dialled((channel) => {
    const { _protocol: protocol, _sock: socket } = channel._client
    waiting = () => socket.writableLength
    const go = () => {
      if (socket.destroyed || socket.writableLength > 4 * MIB) return
      for (let n = 0; n < 1000; n++) protocol.ping()
      setImmediate(go)
    }
    Object(socket).pause()
    go()
  })
  stream.on('error', () => {})
  await expect.poll(waiting).toBeGreaterThan(4 * MIB)
})
