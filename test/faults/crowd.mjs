// Many peers of one hub, in a separate process: node crowd.mjs SOCKET COUNT idle|storm
//   idle   says hello and subscribes on COUNT connections, writes "ready", and stays until it is killed
//   storm  opens COUNT connections, some at a time, breaks each off at a different point, and then ends
import { connect } from 'node:net'

const [path, count, kind] = process.argv.slice(2)
const AT_ONCE = 100

/** `hello { version: 1 }` and `subscribe { filters: "crowd/" }`, as encoded by the protocol. */
const greeting = Buffer.from(
  '0b0000000281a776657273696f6e0111000000' + '0481a766696c74657273a663726f77642f',
  'hex',
)
const PING = 17
const pong = Buffer.from('020000001280', 'hex')

const one = kind === 'storm' ? breakOff : stay
const numbers = Array.from({ length: Number(count) }, (_, n) => n)
await Promise.all(Array.from({ length: AT_ONCE }, work))
if (kind === 'idle') process.stdout.write('ready\n')

async function work() {
  for (let n = numbers.pop(); n !== undefined; n = numbers.pop()) await one(n)
}

/** Resolves when the hub has answered; answers its pings from then on. */
function stay() {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write(greeting))
    socket.on('data', (bytes) => {
      resolve()
      if (bytes[4] === PING) socket.write(pong)
    })
    socket.on('close', () => process.exit(1))
    socket.on('error', fail)
  })
}

/** Disconnects in the middle of hello, after it, in the middle of an event, or when the hub has answered. */
function breakOff(n) {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      if (n % 4 === 0) socket.write(greeting.subarray(0, 9), () => socket.destroy())
      else if (n % 4 === 1) socket.write(greeting, () => socket.destroy())
      else if (n % 4 === 2) socket.end(Buffer.concat([greeting, Buffer.from('ff00000001', 'hex')]))
      else socket.write(greeting)
    })
    socket.on('data', () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', resolve)
  })
}

function fail(error) {
  process.stderr.write(`${error}\n`)
  process.exit(1)
}
