import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { logStreamConfig } from '../../../src/log/jetstream/log-stream.js'
import { Subjects } from '../../../src/log/jetstream/subjects.js'
import { natsConfig } from '../../../src/storage/nats/config.js'
import { ANSWER_MS, answerOf, JetStreamApi } from '../../../src/storage/nats/jetstream-api.js'
import type { NatsLink } from '../../../src/storage/nats/link.js'
import { toNatsError } from '../../../src/storage/nats/nats-error.js'
import { openNatsLink } from '../../../src/storage/nats/open-link.js'
import { type NatsOptions, NatsServer } from '../../helpers/nats-server.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const users = (password: string, permissions = '') =>
  `authorization { users: [{ user: hub, password: ${password}${permissions} }] }`

async function started(options: NatsOptions = {}): Promise<NatsServer> {
  const server = await NatsServer.start(options)
  onTestFinished(() => server.stop())
  return server
}

function fileWith(text: string): string {
  const folder = temporaryFolder('secret')
  const file = join(folder, 'password')
  writeFileSync(file, text)
  return file
}

async function open(servers: string[], password?: string): Promise<NatsLink> {
  const login = password === undefined ? {} : { user: 'hub', passwordFile: fileWith(password) }
  const link = await openNatsLink(natsConfig.parse({ servers, ...login }), realRuntime)
  onTestFinished(() => link.close())
  return link
}

/** The code of the error that an operator reads when the hub cannot work with its stream. */
async function codeOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'none',
    (thrown) => toNatsError(thrown).code,
  )
}

const create = (link: NatsLink, replicas = 1) =>
  new JetStreamApi(link).create(
    logStreamConfig({ name: 'LOG', subjects: new Subjects('log'), replicas, window: 16 }),
  )

test('a wrong password and a missing one are named as such', async () => {
  const { address } = await started({ lines: [users('right')] })
  expect(await codeOf(open([`nats://${address}`], 'wrong'))).toBe('TCN_NATS_LOGIN')
  expect(await codeOf(open([`nats://${address}`]))).toBe('TCN_NATS_LOGIN')
  expect(await codeOf(open([`nats://${address}`], 'right'))).toBe('none')
})

test('a user without the permission is told so at once, and which one it lacks', async () => {
  const { address } = await started({ lines: [users('right', ', permissions: { publish: ["a.>"] }')] })
  const asked = create(await open([`nats://${address}`], 'right'))
  await expect(asked.catch((thrown) => Promise.reject(toNatsError(thrown)))).rejects.toMatchObject({
    code: 'TCN_NATS_PERMISSION',
    message: expect.stringContaining('"$JS.API.STREAM.CREATE.LOG"'),
  })
})

test('more replicas than servers are a wrong setting, not servers that do not answer', async () => {
  const { address } = await started()
  expect(await codeOf(create(await open([`nats://${address}`]), 3))).toBe('TCN_NATS_STREAM')
})

test('storage without room for a stream is named as such', async () => {
  const { address } = await started({ maxStore: '1KB' })
  const link = await open([`nats://${address}`])
  await create(link)
  const write = async () => {
    for (let n = 0; n < 100; n++) answerOf(await link.request('log.event.a', Buffer.alloc(1000), ANSWER_MS))
  }
  expect(await codeOf(write())).toBe('TCN_NATS_FULL')
})

test('an address with tls:// is never used without TLS', async () => {
  const { address } = await started()
  await expect(open([`tls://${address}`])).rejects.toMatchObject({
    code: 'TCN_NATS_UNREACHABLE',
    message: expect.stringContaining('tls'),
  })
})

test('a server that refuses the hub for a while is asked again', async () => {
  const options: NatsOptions & { lines: string[] } = { lines: [users('right')] }
  const server = await started(options)
  const link = await open([`nats://${server.address}`], 'right')
  await create(link)
  const isAnswered = () => codeOf(new JetStreamApi(link).info('LOG'))
  options.lines = [users('another')]
  await server.kill()
  await server.start()
  // Each takes as long as several attempts to connect.
  for (let n = 0; n < 2; n++) expect(await isAnswered()).toBe('TCN_NATS_LOGIN')
  expect(link.isClosed).toBe(false)
  options.lines = [users('right')]
  await server.kill()
  await server.start()
  await expect.poll(isAnswered).toBe('none')
})
