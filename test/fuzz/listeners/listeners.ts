import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { sendLocal } from '../../sources/syslog/local-sender.js'
import { bridge, bridgeLogin } from './bridge-talk.js'
import { saltPub, saltPull, saltRest, sysadm, sysadmRest } from './foreign-talk.js'
import type { Places } from './fuzzed-hub.js'
import { Hearing, type Patience } from './hearing.js'
import { httpFace, otlp, webhook, webSocket } from './http-talk.js'
import { native, ncs } from './native-talk.js'
import { netconf, overSsh, sshStrangers } from './netconf-talk.js'
import type { OpenApi } from './sample.js'
import { bmp, snmp, syslogRelp, syslogTcp, syslogUdp } from './sender-talk.js'
import type { Talk } from './talk.js'

/** Sends messages on a connection of their own; resolves with what came back. */
export type Say = (messages: readonly Uint8Array[], patience: Patience) => Promise<string>

export interface Listener {
  name: string
  /** The face or the source that listens. */
  part: string
  talk: Talk
  say: Say
}

const MAX_DATAGRAM = 60_000

/** `address`: where a peer comes from. Limits for strangers apply to an address, so hostile peers need many. */
export function listenersOf(places: Places, api: OpenApi, address: () => string): Listener[] {
  const local = (path: string) => overStream(() => connect(path))
  const to = (port: number) => ({ port, host: '127.0.0.1', localAddress: address() })
  const port = (number: number) => overStream(() => connect(to(number)))
  const secured = (number: number, logIn?: LogIn) =>
    overStream(() => connectTls({ ...to(number), rejectUnauthorized: false } as ConnectionOptions), logIn)
  const udp = (number: number) => overUdp(number, address())
  const { token } = places
  return [
    { name: 'native-unix', part: 'native', talk: native(api), say: local(places.unix) },
    { name: 'native-tcp', part: 'native', talk: native(api, token), say: port(places.tcp) },
    { name: 'ncs', part: 'ncs', talk: ncs, say: local(places.ncs) },
    { name: 'http', part: 'http', talk: httpFace(api, token), say: port(places.http) },
    { name: 'websocket', part: 'http', talk: webSocket(api, token), say: port(places.http) },
    { name: 'webhook', part: 'webhook', talk: webhook, say: port(places.http) },
    { name: 'otlp', part: 'otlp', talk: otlp, say: port(places.http) },
    { name: 'salt-pull', part: 'salt', talk: saltPull, say: local(places.saltPull) },
    { name: 'salt-pub', part: 'salt', talk: saltPub, say: local(places.saltPub) },
    { name: 'salt-rest', part: 'salt', talk: saltRest, say: port(places.saltRest) },
    { name: 'sysadm', part: 'sysadm', talk: sysadm, say: secured(places.sysadm) },
    { name: 'sysadm-rest', part: 'sysadm', talk: sysadmRest, say: secured(places.sysadmRest) },
    { name: 'bridge', part: 'bridge', talk: bridge, say: secured(places.bridge, bridgeLogin) },
    { name: 'syslog-udp', part: 'syslog', talk: syslogUdp, say: udp(places.syslogUdp) },
    { name: 'syslog-tcp', part: 'syslog', talk: syslogTcp, say: port(places.syslogTcp) },
    { name: 'syslog-relp', part: 'syslog', talk: syslogRelp, say: port(places.syslogRelp) },
    {
      name: 'syslog-datagrams',
      part: 'syslog',
      talk: syslogUdp,
      say: overDatagrams(places.syslogDatagrams),
    },
    { name: 'snmp', part: 'snmp', talk: snmp, say: udp(places.snmp) },
    { name: 'bmp', part: 'bmp', talk: bmp, say: port(places.bmp) },
    { name: 'netconf-ssh', part: 'netconf', talk: sshStrangers, say: port(places.netconf) },
    { name: 'call-home', part: 'netconf', talk: sshStrangers, say: port(places.callHome) },
    { name: 'netconf', part: 'netconf', talk: netconf, say: overSsh(places.netconf, address()) },
  ]
}

/** Of all listeners, whatever hub they belong to. */
export function namesOfListeners(): string[] {
  const api: OpenApi = { paths: {}, components: { schemas: {} } }
  return listenersOf({ token: '' } as Places, api, () => '127.0.0.1').map(({ name }) => name)
}

/** Messages that lead to the challenge of a login. */
const BEFORE_LOGIN = 2

/** Returns the message that answers a challenge, if the text received has one. */
type LogIn = (text: string) => Uint8Array | undefined

/** With `logIn`, most messages wait for a challenge, and follow the answer to it. */
function overStream(open: () => Socket, logIn?: LogIn): Say {
  return (messages, patience) =>
    new Promise((resolve) => {
      const socket = open()
      let held: readonly Uint8Array[] = []
      const hearing = new Hearing(patience, (answer) => {
        socket.destroy()
        resolve(answer)
      })
      socket.on('error', hearing.leave)
      socket.on('close', hearing.leave)
      socket.on('data', (chunk) => {
        hearing.hear(chunk)
        const login = held.length > 0 ? logIn?.(hearing.answer) : undefined
        if (login === undefined) return
        for (const message of [login, ...held]) socket.write(message)
        held = []
      })
      socket.on('connect', () => {
        const first = logIn !== undefined && patience === 'short' ? BEFORE_LOGIN : messages.length
        held = messages.slice(first)
        for (const message of messages.slice(0, first)) socket.write(message)
        if (patience === 'none') socket.end(hearing.leave)
        else hearing.wait()
      })
    })
}

/** One socket for all, from which answers are read as they come. */
function overUdp(port: number, address: string): Say {
  const socket = createSocket('udp4').unref().bind(0, address)
  let answers = ''
  socket.on('message', (answer) => {
    answers += answer.toString('latin1')
  })
  socket.on('error', () => undefined)
  const send = (message: Uint8Array) =>
    new Promise<void>((sent) => {
      socket.send(message.subarray(0, MAX_DATAGRAM), port, '127.0.0.1', () => sent())
    })
  return async (messages) => {
    await Promise.all(messages.map(send))
    // Otherwise datagrams would take all the time of both processes, and the kernel would drop most of them.
    await pause(1)
    const answer = answers
    answers = ''
    return answer
  }
}

/** A program for each conversation, since Node has no datagrams on unix sockets. */
function overDatagrams(path: string): Say {
  return async (messages) => {
    const datagrams = messages.map((message) => message.subarray(0, MAX_DATAGRAM))
    await sendLocal(path, ...datagrams).catch(() => undefined)
    return ''
  }
}
