import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { listenTcp } from '../../src/faces/native/tcp.js'
import { makeCertificate } from '../../src/faces/shared/make-certificate.js'
import { type Fixture, startFixture } from '../faces/native/fixture.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { runPython } from './python.js'

const SYNC = `
import json, tocsin
try:
    with tocsin.connect() as hub:
        events = hub.subscribe("n")
        hub.publish("n", "x" * 300000)
        print(json.dumps([len(events.read(timeout=20).data), hub.welcome["principal"]]))
except tocsin.TocsinError as error: print(json.dumps(error.code))
`

const AIO = `
import asyncio, json, tocsin.aio
async def main():
    async with tocsin.aio.connect() as hub, hub.subscribe("n") as events:
        await hub.publish("n", "x" * 300000)
        print(json.dumps([len((await events.read(timeout=20)).data), hub.welcome["principal"]]))
try: asyncio.run(main())
except tocsin.TocsinError as error: print(json.dumps(error.code))
`

let fixture: Fixture
let env: NodeJS.ProcessEnv

beforeEach(async () => {
  fixture = await startFixture({ grants: { a: { see: '*', publish: '*' } } })
  const { certificate: cert, key } = await makeCertificate(['localhost'], 2)
  const listen = { host: '127.0.0.1', port: 0, identify: fixture.access.identify, tls: { cert, key } }
  const address = await listenTcp(fixture.server, listen)
  const authority = join(temporaryFolder('python-tls'), 'ca.pem')
  writeFileSync(authority, cert)
  const { token } = await fixture.access.tokens.add({ name: 'a' })
  env = {
    TOCSIN_URL: address.replace('127.0.0.1', 'localhost'),
    TOCSIN_CA: authority,
    TOCSIN_TOKEN: token,
  }
})
afterEach(() => fixture.close())

it.each([
  ['tocsin', SYNC],
  ['tocsin.aio', AIO],
])('%s publishes and subscribes over TLS, if the authority is trusted', async (_, program) => {
  expect(await runPython(program, { env })).toEqual([[300_000, 'a']])
  expect(await runPython(program, { env: { ...env, TOCSIN_CA: '' } })).toEqual(['TCN_CLIENT_TLS'])
})
