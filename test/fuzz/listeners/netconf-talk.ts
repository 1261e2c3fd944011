import ssh2 from 'ssh2'
import { PASSWORD } from './fuzzed-hub.js'
import { Hearing } from './hearing.js'
import type { Say } from './listeners.js'
import { type Piece, raw } from './piece.js'
import { oneOf, type Talk } from './talk.js'

const BASE = 'urn:ietf:params:xml:ns:netconf:base:1.0'
const MARK = ']]>]]>'

export const netconfHello: Piece = raw(
  `<hello xmlns="${BASE}"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>${MARK}`,
)
export const rpc = (content: string): Piece =>
  raw(`<rpc xmlns="${BASE}" message-id="1">${content}</rpc>${MARK}`)

const filter = '<filter type="xpath" select="/*[contains(., \'a\')]"/>'

/** Clients that have logged in. */
export const netconf: Talk = oneOf(
  [netconfHello, rpc('<get/>'), rpc('<get-config><source><running/></source></get-config>')],
  [
    netconfHello,
    rpc(
      `<get><filter><netconf xmlns="urn:ietf:params:xml:ns:netmod:notification"><streams/></netconf></filter></get>`,
    ),
    rpc('<close-session/>'),
  ],
  [
    netconfHello,
    rpc(
      `<create-subscription xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0">${filter}<startTime>2026-11-27T00:00:00Z</startTime></create-subscription>`,
    ),
    rpc('<kill-session><session-id>1</session-id></kill-session>'),
  ],
  [
    netconfHello,
    rpc(
      '<establish-subscription xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"><stream>NETCONF</stream><stream-subtree-filter><a/></stream-subtree-filter></establish-subscription>',
    ),
    rpc(
      '<delete-subscription xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"><id>1</id></delete-subscription>',
    ),
  ],
)

/** Strangers that speak SSH, as far as they get without keys. */
export const sshStrangers: Talk = oneOf(
  [raw('SSH-2.0-fuzz\r\n')],
  [raw('SSH-2.0-fuzz\r\n'), raw(keyExchange())],
  [raw('SSH-1.99-old\r\n'), raw(Buffer.alloc(64, 1))],
)

/** A packet of RFC 4253 that offers one method of each kind. */
function keyExchange(): Buffer {
  const lists = [
    'curve25519-sha256',
    'ssh-ed25519',
    'aes128-ctr',
    'aes128-ctr',
    'hmac-sha2-256',
    'hmac-sha2-256',
  ]
  const names = [...lists, 'none', 'none', '', ''].map((list) => {
    const name = Buffer.alloc(4 + list.length)
    name.writeUInt32BE(list.length)
    name.write(list, 4)
    return name
  })
  const payload = Buffer.concat([Buffer.of(20), Buffer.alloc(16, 7), ...names, Buffer.alloc(5)])
  const padding = 8 - ((payload.length + 5) % 8) + 4
  const head = Buffer.alloc(5)
  head.writeUInt32BE(payload.length + padding + 1)
  head[4] = padding
  return Buffer.concat([head, payload, Buffer.alloc(padding)])
}

const LONG_MS = 60_000

/** Says messages in the subsystem `netconf` of a connection with SSH. */
export function overSsh(port: number, localAddress: string): Say {
  return (messages, patience) =>
    new Promise((resolve) => {
      const client = new ssh2.Client()
      const hearing = new Hearing(patience, (answer) => {
        client.destroy()
        resolve(answer)
      })
      client.on('error', hearing.leave)
      client.on('close', hearing.leave)
      client.on('ready', () =>
        client.subsys('netconf', (error, channel) => {
          if (error) return hearing.leave()
          channel.on('error', hearing.leave)
          channel.on('close', hearing.leave)
          channel.on('data', (chunk: Buffer) => hearing.hear(chunk))
          for (const message of messages) channel.write(message)
          if (patience === 'none') channel.end(hearing.leave)
          else hearing.wait()
        }),
      )
      client.connect({
        ...{ host: '127.0.0.1', port, localAddress, username: 'fuzz', password: PASSWORD },
        ...{ tryKeyboard: false, readyTimeout: LONG_MS, keepaliveInterval: 0, keepaliveCountMax: 1 },
        hostVerifier: () => true,
      })
    })
}
