import { createSocket, type Socket as DatagramSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { serveCalls } from '../harness/child.js'
import { pause, seconds } from '../harness/clock.js'

export interface SyslogSenderOptions {
  tcp: number
  udp: number
}

const MESSAGES = 512
const TICK = 0.005

/** The same messages again and again: making them is not part of the row. */
const messages = Array.from({ length: MESSAGES }, (_, n) =>
  Buffer.from(
    `<134>1 2026-11-21T02:54:26.${100_000 + n}Z web${n & 63}.example.com nginx 4711 access - 192.0.2.${n & 127} "GET /cart/${n} HTTP/1.1" 200 ${5000 + n} "-" "curl/8.5.0"\n`,
  ),
)
const block = Buffer.concat(messages)

let stream: Socket
let datagrams: DatagramSocket

serveCalls({
  async start({ tcp, udp }: SyslogSenderOptions) {
    stream = connect(tcp, '127.0.0.1')
    await once(stream, 'connect')
    datagrams = createSocket('udp4')
    datagrams.connect(udp, '127.0.0.1')
    await once(datagrams, 'connect')
  },
  /** Sends over TCP as fast as the receiver reads. Returns how many messages it sent. */
  async stream(length: number): Promise<number> {
    let sent = 0
    for (const end = seconds() + length; seconds() < end; sent += MESSAGES)
      if (!stream.write(block)) await once(stream, 'drain')
    return sent
  },
  /** Sends over UDP at a rate, whether the receiver reads or not. Returns how many messages it sent. */
  async datagrams(rate: number, length: number): Promise<number> {
    const start = seconds()
    let sent = 0
    while (seconds() < start + length) {
      for (const due = (seconds() - start) * rate; sent < due; sent++)
        datagrams.send(messages[sent % MESSAGES])
      await pause(TICK)
    }
    while (datagrams.getSendQueueCount() > 0) await pause(TICK)
    return sent
  },
})
