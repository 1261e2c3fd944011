// A peer of a bridge as a process of its own, written from the frames of genuine programs.
// node bridge-peer.mjs <url> <server|client> <private key> <checksum>…
// Prints `list <n>` for each list of peers, and each message that it receives; a server answers them.
import { constants, privateEncrypt } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { WebSocket } from 'ws'

const [url, type, keyFile, ...md5s] = process.argv.slice(2)
const key = readFileSync(keyFile, 'utf8')
const socket = new WebSocket(url, { rejectUnauthorized: false, origin: `sysadm-${type}` })
const print = (text) => process.stdout.write(`${text}\n`)
const respond = (args, id, name = 'response') =>
  socket.send(JSON.stringify({ args, id, name, namespace: 'rpc' }))

socket.on('open', () => respond('', 'server_to_bridge_auth', 'auth_ssl'))
socket.on('close', () => print('closed'))
socket.on('error', ({ message }) => print(`error ${message}`))
socket.on('message', (data) => {
  const text = String(data)
  if (!text.startsWith('{')) return relayed(text)
  const { id, name, args } = JSON.parse(text)
  if (name === 'identify') respond({ hostname: `${type}-${process.pid}`, type }, id)
  else if (name === 'settings') respond({ md5_keys: md5s }, id)
  else if (name === 'bridge') listed(args.available_connections)
  else if (args.test_string !== undefined) {
    const padding = constants.RSA_PKCS1_PADDING
    const encrypted = privateEncrypt({ key, padding }, Buffer.from(args.test_string))
    respond({ encrypted_string: encrypted.toString('base64') }, id, 'auth_ssl')
  } else print(Array.isArray(args) ? 'logged in' : `refused ${text}`)
})

function listed(ids) {
  if (type === 'client') for (const id of ids) socket.send(`${id}\n${base64(`hello from ${process.pid}`)}`)
  print(`list ${ids.length}`)
}

function relayed(text) {
  const [from, payload] = text.split('\n')
  const said = Buffer.from(payload, 'base64').toString()
  if (type === 'server') socket.send(`${from}\n${base64(`${process.pid} heard: ${said}`)}`)
  print(said)
}

function base64(text) {
  return Buffer.from(text).toString('base64')
}
