import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { socketDial } from '../../../src/client/transport/transport-socket.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let folder: string
let server: Server
let accepted: Promise<Socket>

beforeEach(async () => {
  folder = temporaryFolder('transport')
  server = createServer({ pauseOnConnect: true })
  accepted = new Promise((resolve) => server.once('connection', resolve))
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve))
})

afterEach(() => {
  server.close()
})

it('a connection that ends delivers all it has written to a hub that is still writing', async () => {
  const events = { received: () => {}, closed: () => {} }
  const transport = await socketDial({ kind: 'unix', path: join(folder, 'socket') })(events)
  const hub = await accepted
  transport.write([Buffer.alloc(100_000)])
  transport.end()
  let failure: Error | undefined
  hub.on('error', (error) => {
    failure = error
  })
  // Long enough for the client to close its socket, if it does not wait for the hub.
  for (let n = 0; n < 20; n++) {
    hub.write('event')
    await new Promise(setImmediate)
  }
  let read = 0
  hub.on('data', (chunk) => {
    read += chunk.length
  })
  hub.resume()
  if (!hub.closed) await new Promise((closed) => hub.once('close', closed))
  expect([read, failure]).toEqual([100_000, undefined])
})
