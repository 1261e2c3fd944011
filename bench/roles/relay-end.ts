import { once } from 'node:events'
import { WebSocket } from 'ws'
import { SysadmKey } from '../../src/protocols/sysadm/client/login-key.js'
import { qtJson } from '../../src/protocols/sysadm/codec/json.js'
import { serveCalls } from '../harness/child.js'

interface Options {
  url: string
  /** Servers send, clients receive. */
  type: 'server' | 'client'
  /** Private key for a bridge, PEM; without it the other end is a bare pipe. */
  key?: string
}

const HIGH_WATER = 1024 * 1024

let socket: WebSocket
let prefix = ''
let isSending = false
let received = 0

/** One end of a relay: sends as fast as it can, or counts what it receives. */
serveCalls({
  async start({ url, type, key }: Options) {
    socket = new WebSocket(`${url}/${type}`, { rejectUnauthorized: false, perMessageDeflate: false })
    const announced = key === undefined ? undefined : logIn(new SysadmKey(key), type)
    await once(socket, 'open')
    if (announced === undefined) {
      socket.on('message', (data: Buffer) => {
        received += data.length
      })
      return
    }
    socket.send(qtJson({ args: '', id: 'auth', name: 'auth_ssl', namespace: 'rpc' }))
    if (type === 'server') prefix = `${await announced}\n`
  },
  /** Bytes that have arrived. */
  received: () => received,
  send(bytes: number) {
    isSending = true
    const message = prefix + 'x'.repeat(bytes)
    const go = (): void => {
      while (isSending && socket.bufferedAmount < HIGH_WATER) socket.send(message)
      if (isSending) setImmediate(go)
    }
    go()
  },
  halt() {
    isSending = false
  },
})

/** Resolves with the peer that the bridge announces. */
function logIn(key: SysadmKey, type: string): Promise<string> {
  const reply = (args: unknown, id: string, name = 'response') =>
    socket.send(qtJson({ args, id, name, namespace: 'rpc' }))
  return new Promise((resolve) => {
    socket.on('message', (data: Buffer) => {
      if (data[0] !== 0x7b) {
        received += data.length
        return
      }
      const { id, name, args } = JSON.parse(data.toString())
      if (name === 'identify') reply({ hostname: 'bench', type }, id)
      else if (name === 'settings') reply({ md5_keys: [key.checksum] }, id)
      else if (name === 'bridge' && args.available_connections.length > 0)
        resolve(args.available_connections[0])
      else if (args?.test_string !== undefined)
        reply({ encrypted_string: key.encrypt(args.test_string) }, id, 'auth_ssl')
    })
  })
}
