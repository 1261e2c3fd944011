import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { fingerprintOf } from '../../src/protocols/netconf/client/host-key.js'
import { frameMessage, NetconfFramer } from '../../src/protocols/netconf/codec/framing.js'
import { serveCalls } from '../harness/child.js'
import { seconds } from '../harness/clock.js'
import { hello, notification, replyTo } from '../sides/netconf-messages.js'

const { Server, utils } = createRequire(import.meta.url)('ssh2')

export interface DeviceAddress {
  port: number
  fingerprint: string
}

/** Notifications that are written at once. */
const BLOCK = 64

/** The sessions with a subscription. */
const sessions = new Set<Duplex>()

/** Serves one session: each request is accepted, and a subscription has no past. */
function serve(stream: Duplex): void {
  const framer = new NetconfFramer(2 ** 20)
  stream.on('error', () => {})
  stream.on('close', () => sessions.delete(stream))
  stream.write(frameMessage(hello, false))
  stream.on('data', (bytes: Buffer) => {
    framer.feed(bytes)
    for (let message = framer.next(); message !== undefined; message = framer.next()) {
      if (!framer.isChunked) {
        framer.isChunked = true
        continue
      }
      const text = message.bytes.toString()
      for (const answer of replyTo(text)) stream.write(frameMessage(answer, true))
      if (text.includes('create-subscription')) sessions.add(stream)
    }
  })
}

/** The library writes some pairs of keys that it cannot read. */
function hostKey(): string {
  for (;;) {
    const { private: key } = utils.generateKeyPairSync('ed25519')
    if (!(utils.parseKey(key) instanceof Error)) return key
  }
}

serveCalls({
  start() {},
  /** Devices behind one port: each connection is one. */
  async listen(): Promise<DeviceAddress> {
    const key = hostKey()
    // biome-ignore lint/suspicious/noExplicitAny: the package has no types
    const server = new Server({ hostKeys: [key] }, (client: any) => {
      client.on('error', () => {})
      // biome-ignore lint/suspicious/noExplicitAny: the package has no types
      client.on('authentication', (login: any) =>
        login.method === 'password' ? login.accept() : login.reject(['password']),
      )
      // biome-ignore lint/suspicious/noExplicitAny: the package has no types
      client.on('session', (accept: any) =>
        // biome-ignore lint/suspicious/noExplicitAny: the package has no types
        accept().on('subsystem', (take: any) => serve(take())),
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return { port, fingerprint: fingerprintOf(utils.parseKey(key).getPublicSSH()) }
  },
  sessions: () => sessions.size,
  /** Sends in the first session as fast as the hub reads. Returns the number of notifications. */
  async send(length: number): Promise<number> {
    const [stream] = sessions
    let sent = 0
    for (const end = seconds() + length; seconds() < end; sent += BLOCK) {
      const block = Array.from({ length: BLOCK }, (_, nth) => frameMessage(notification(sent + nth), true))
      if (!stream.write(Buffer.concat(block))) await once(stream, 'drain')
    }
    return sent
  },
})
