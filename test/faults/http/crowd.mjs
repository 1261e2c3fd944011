// Many streams of one hub, in a separate process: node crowd.mjs PORT COUNT TOKEN
// Opens COUNT streams, writes "ready" when the hub has answered all, and stays until it is killed.
import { connect } from 'node:net'

const [port, count, token] = process.argv.slice(2)
const AT_ONCE = 100
const request = `GET /v1/stream?filter=crowd/ HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`

let left = Number(count)
await Promise.all(Array.from({ length: AT_ONCE }, work))
process.stdout.write('ready\n')

async function work() {
  while (left-- > 0) await stay()
}

/** Resolves when the stream is live. */
function stay() {
  return new Promise((resolve) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(request))
    socket.on('data', (bytes) => bytes.includes('event: live') && resolve())
    socket.on('close', () => process.exit(1))
    socket.on('error', (error) => {
      process.stderr.write(`${error}\n`)
      process.exit(1)
    })
  })
}
