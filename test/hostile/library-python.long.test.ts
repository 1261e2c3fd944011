import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { someOf } from '../helpers/repeats.js'
import { runPython } from '../python/python.js'
import { afterHello, expectOurs, type Told } from './calls.js'
import { HostileServer } from './hostile-server.js'
import { hubs } from './hubs.js'

/** Programs that use the clients for Python against a hub that keeps to no protocol. */

const program = fileURLToPath(new URL('library-program.py', import.meta.url))
/** A read by the time of events has no limit of its own, but each request for a page has one of 30 s. */
const LONGEST_MS = 60_000
const MOST_MIB = 96

const cases = Object.entries(hubs).flatMap(([hub, talk]) =>
  someOf(['plain', 'aio'], 1).map((client) => ({ client, hub, talk })),
)

// They wait for most of their time.
it.concurrent.each(cases)('every call of $client ends against a hub that $hub', async ({ client, talk }) => {
  await using server = await HostileServer.start(afterHello(talk))
  const address = `tcp://127.0.0.1:${server.port}`
  const [told] = (await runPython(program, { args: [address, client] })) as [Told & { sockets: number }]
  expectOurs(told, LONGEST_MS, MOST_MIB)
  expect(told.sockets).toBe(0)
})
