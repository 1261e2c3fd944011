import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { expect } from 'vitest'
import type { AttackedHub } from './attacked-hub.js'
import { times } from './expect-short-turns.js'

const HEADER = '<13>1 - host app - - '

/** A message of about so many bytes, which are parameters. */
export function structured(bytes: number): string {
  const parameters: string[] = []
  for (let length = 0; length < bytes - 40; length += parameters.at(-1)!.length + 1)
    parameters.push(`k${parameters.length}="\\]"`)
  return `${HEADER}[a ${parameters.join(' ')}] x`
}

/** A message that is not UTF-8. */
export const junk = (bytes: number) =>
  Buffer.concat([Buffer.from(`${HEADER}- `), Buffer.alloc(bytes - 40, 0xff)])

export async function sendDatagrams(port: number, count: number, message: string | Buffer): Promise<void> {
  const socket = createSocket('udp4')
  await times(count, () => new Promise((sent) => socket.send(message, port, '127.0.0.1', sent)))
  socket.close()
}

export async function sendLines(port: number, count: number, message: string | Buffer): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  await times(count, async () => {
    socket.write(message)
    socket.write('\n')
  })
  socket.end()
  await once(socket.resume(), 'close')
}

/** Sends, and waits until as many more events are stored. */
export async function stored(hub: AttackedHub, events: number, send: () => Promise<void>): Promise<void> {
  const accepted = async () => (await hub.client.request('hub.status', {})).events.accepted
  const wanted = (await accepted()) + events
  await send()
  await expect.poll(accepted).toBeGreaterThanOrEqual(wanted)
}
