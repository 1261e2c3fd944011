import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { saltPub, saltPull, saltRest, sysadm, sysadmRest } from './foreign-talk.js'
import type { Places } from './fuzzed-hub.js'
import { httpFace, webhook, webSocket } from './http-talk.js'
import { native, ncs } from './native-talk.js'
import type { OpenApi } from './sample.js'
import { snmp, syslogTcp, syslogUdp } from './sender-talk.js'
import type { Talk } from './talk.js'

/** How long a peer waits for answers before it leaves: not at all, until it is quiet, or until an answer fits. */
export type Patience = 'none' | 'short' | RegExp

/** Sends messages on a connection of their own; resolves with what came back. */
export type Say = (messages: readonly Uint8Array[], patience: Patience) => Promise<string>

export interface Listener {
  name: string
  talk: Talk
  say: Say
}

const MAX_DATAGRAM = 60_000

/** `address`: where a peer comes from. Limits for strangers apply to an address, so hostile peers need many. */
export function listenersOf(places: Places, api: OpenApi, address: () => string): Listener[] {
  const local = (path: string) => overStream(() => connect(path))
  const to = (port: number) => ({ port, host: '127.0.0.1', localAddress: address() })
  const port = (number: number) => overStream(() => connect(to(number)))
  const secured = (number: number) =>
    overStream(() => connectTls({ ...to(number), rejectUnauthorized: false } as ConnectionOptions))
  const udp = (number: number) => overUdp(number, address())
  const { token } = places
  return [
    { name: 'native-unix', talk: native(api), say: local(places.unix) },
    { name: 'native-tcp', talk: native(api, token), say: port(places.tcp) },
    { name: 'ncs', talk: ncs, say: local(places.ncs) },
    { name: 'http', talk: httpFace(api, token), say: port(places.http) },
    { name: 'websocket', talk: webSocket(api, token), say: port(places.http) },
    { name: 'webhook', talk: webhook, say: port(places.http) },
    { name: 'salt-pull', talk: saltPull, say: local(places.saltPull) },
    { name: 'salt-pub', talk: saltPub, say: local(places.saltPub) },
    { name: 'salt-rest', talk: saltRest, say: port(places.saltRest) },
    { name: 'sysadm', talk: sysadm, say: secured(places.sysadm) },
    { name: 'sysadm-rest', talk: sysadmRest, say: secured(places.sysadmRest) },
    { name: 'syslog-udp', talk: syslogUdp, say: udp(places.syslogUdp) },
    { name: 'syslog-tcp', talk: syslogTcp, say: port(places.syslogTcp) },
    { name: 'snmp', talk: snmp, say: udp(places.snmp) },
  ]
}

const QUIET_MS = 30
const LONG_MS = 60_000
const MAX_ANSWER = 256 * 1024

function overStream(open: () => Socket): Say {
  return (messages, patience) =>
    new Promise((resolve) => {
      const socket = open()
      let answer = ''
      let timer = setTimeout(leave, LONG_MS)
      function leave() {
        clearTimeout(timer)
        socket.destroy()
        resolve(answer)
      }
      const wait = () => {
        if (patience !== 'short') return
        clearTimeout(timer)
        timer = setTimeout(leave, QUIET_MS)
      }
      socket.on('error', leave)
      socket.on('close', leave)
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1')
        const isEnough = answer.length > MAX_ANSWER || (patience instanceof RegExp && patience.test(answer))
        if (isEnough) leave()
        else wait()
      })
      socket.on('connect', () => {
        for (const message of messages) socket.write(message)
        if (patience === 'none') socket.end(leave)
        else wait()
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
