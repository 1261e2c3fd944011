import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { QUICK, SinkHub } from '../sink-hub.js'

/** AuthenticationCleartextPassword */
const ASK = Buffer.from('R\0\0\0\x08\0\0\0\x03', 'latin1')

let server: Server
/** The first message of each connection, and the answer to the question for a password. */
let startups: string[]
let passwords: string[]

/** Asks each client for its password in clear text, as any machine on the network can. */
beforeEach(async () => {
  startups = []
  passwords = []
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (startup) => {
      startups.push(startup.toString('latin1', 8))
      socket.write(ASK)
      socket.once('data', (answer) => {
        passwords.push(answer.toString('latin1', 5, answer.length - 1))
        socket.destroy()
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  vi.unstubAllEnvs()
  server.close()
})

function passwordFile(text: string): string {
  const file = join(temporaryFolder('passwords'), 'passwords')
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

async function loggedIn(more: { user?: string; passwordFile?: string } = {}): Promise<void> {
  const { port } = server.address() as AddressInfo
  const place = `127.0.0.1:${port}`
  const sink = { type: 'postgresql' as const, place, database: 'events', filter: 'a/', retry: QUICK, ...more }
  await using hub = await SinkHub.start({ archive: sink })
  await hub.publish('a/1')
  await expect.poll(() => passwords.length).toBeGreaterThan(0)
}

it.each([
  ['PGPASSWORD', () => vi.stubEnv('PGPASSWORD', 'hidden')],
  ['PGPASSFILE', () => vi.stubEnv('PGPASSFILE', passwordFile('*:*:*:*:hidden\n'))],
])('a password of the machine, in %s, is sent to no server', async (_, prepare) => {
  prepare()
  await loggedIn({ user: 'tocsin' })
  expect(new Set(passwords)).toEqual(new Set(['']))
})

it('the password of the sink is sent, whatever the machine has', async () => {
  vi.stubEnv('PGPASSWORD', 'hidden')
  await loggedIn({ user: 'tocsin', passwordFile: passwordFile('sesame\n') })
  expect(new Set(passwords)).toEqual(new Set(['sesame']))
})

it('a sink without a user logs in as the user of the hub, whatever the machine has', async () => {
  vi.stubEnv('PGUSER', 'boss')
  await loggedIn()
  expect(startups[0]).toMatch(/user\0(?!boss)[^\0]+\0/)
})
