import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Receiving } from './side.js'

/**
 * Minimal readers, the same for both sides, so that the server is measured: frames are counted by their headers,
 * blocks of a stream by the empty lines between them.
 */

/** Resolves with the socket when the server has accepted the request. `rest` contains the bytes after the head. */
async function open(port: number, request: string, tls = false): Promise<{ socket: Socket; rest: Buffer }> {
  const socket = tls
    ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : connect(port, '127.0.0.1')
  socket.setNoDelay()
  socket.write(request)
  let head = Buffer.alloc(0)
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer]
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) continue
    const status = head.toString('latin1', 9, 12)
    if (status !== '101' && status !== '200') throw new Error(head.toString())
    socket.pause()
    return { socket, rest: head.subarray(end + 4) }
  }
}

export async function openWebSocket(port: number, path: string, token = '', tls = false): Promise<Socket> {
  const { socket, rest } = await open(
    port,
    `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
      `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n` +
      `${path === '/' ? '' : 'sec-websocket-protocol: cloudevents.json\r\n'}` +
      `authorization: Bearer ${token}\r\n\r\n`,
    tls,
  )
  if (rest.length > 0) socket.unshift(rest)
  return socket
}

export async function openStream(port: number, path: string, token: string): Promise<Socket> {
  const { socket, rest } = await open(
    port,
    `GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n\r\n`,
  )
  if (rest.length > 0) socket.unshift(rest)
  return socket
}

/** Counts the frames. With `decode`, the payload of each is examined. */
export function countFrames(socket: Socket, { took, decode, stamped }: Receiving, skip: number): void {
  let carry: Buffer = Buffer.alloc(0)
  let skipping = skip
  socket.on('data', (chunk: Buffer) => {
    const bytes = carry.length === 0 ? chunk : Buffer.concat([carry, chunk])
    let at = 0
    let count = 0
    for (;;) {
      if (bytes.length - at < 10 && bytes.length - at < headerOf(bytes, at)) break
      const header = headerOf(bytes, at)
      const length = header === 2 ? bytes[at + 1] & 0x7f : header === 4 ? bytes.readUInt16BE(at + 2) : 0
      const end = at + header + length
      if (end > bytes.length) break
      if (decode && skipping === 0) look(JSON.parse(bytes.toString('utf8', at + header, end)), stamped)
      at = end
      if (skipping > 0) skipping--
      else count++
    }
    carry = bytes.subarray(at)
    if (count > 0) took(count)
  })
  socket.resume()
}

function headerOf(bytes: Buffer, at: number): number {
  if (bytes.length - at < 2) return 3
  const length = bytes[at + 1] & 0x7f
  return length < 126 ? 2 : length === 126 ? 4 : 10
}

function look({ data }: { data: { retcode: number; stamp: number } }, stamped: Receiving['stamped']): void {
  if (data.retcode !== 0) throw new Error('not the event that was sent')
  stamped?.(data.stamp)
}

/** Counts the blocks after the first `skip`. */
export function countBlocks(socket: Socket, { took }: Receiving, skip: number): void {
  let skipping = skip
  let endsInLine = false
  socket.on('data', (chunk: Buffer) => {
    let count = endsInLine && chunk[0] === 0x0a ? 1 : 0
    for (let at = chunk.indexOf('\n\n'); at >= 0; at = chunk.indexOf('\n\n', at + 2)) count++
    endsInLine = chunk[chunk.length - 1] === 0x0a && chunk[chunk.length - 2] !== 0x0a
    const passed = Math.min(skipping, count)
    skipping -= passed
    if (count > passed) took(count - passed)
  })
  socket.resume()
}
