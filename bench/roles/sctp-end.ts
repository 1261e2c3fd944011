import { createInterface } from 'node:readline'
import { SctpSocket } from '../../src/protocols/sctp/index.js'
import { seconds } from '../harness/clock.js'

/** Both ends of the row sctp-1-1, like bench/sides/sctp-peer.c. */
const BYTES = 200
/** Large enough that no packet is dropped: the row measures processor time, not retransmissions. */
const RECEIVE_BUFFER = 4 * 1024 * 1024
const options = { family: 'ipv4', events: ['SCTP_SHUTDOWN_EVENT'] } as const
const [what, port] = process.argv.slice(2)

console.log('ready')
if (what === 'receive') await receive(Number(port))
else for await (const line of createInterface(process.stdin)) await send(Number(port), Number(line))

async function receive(at: number): Promise<void> {
  const socket = new SctpSocket(options)
  socket.setOption('SO_RCVBUF', RECEIVE_BUFFER)
  socket.bind(['127.0.0.1', at])
  socket.listen()
  let count = 0
  let first = 0
  for await (const received of socket) {
    if (received.kind === 'message') {
      if (received.data.length === BYTES && count++ === 0) first = seconds()
    } else {
      console.log((count - 1) / (seconds() - first))
      count = 0
    }
  }
}

/** Sends with SCTP_NODELAY. Without it both sides mostly wait for delayed acknowledgements. */
async function send(to: number, duration: number): Promise<void> {
  const socket = new SctpSocket(options)
  socket.setOption('SCTP_NODELAY', 1)
  const association = await socket.connect(['127.0.0.1', to])
  const data = new Uint8Array(BYTES)
  const end = seconds() + duration
  while (seconds() < end) {
    for (let i = 0; i < 64; i++) await socket.sendv(data, { association, stream: 1, ppid: 60 })
  }
  await socket.shutdown(association)
  socket.close()
  console.log('sent')
}
