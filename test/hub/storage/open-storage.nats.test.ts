import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { HubConfig } from '../../../src/hub/config/index.js'
import { hubConfig } from '../../../src/hub/config/index.js'
import { Damage } from '../../../src/hub/reports/damage.js'
import { openLog, openState } from '../../../src/hub/storage/open-storage.js'
import { natsConfig } from '../../../src/storage/nats/config.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { realRuntime as runtime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())

const typing = { typeOf: () => 'test' }

function configOf(nats: object = {}): HubConfig {
  const config = hubConfig.parse({})
  config.log.engine = 'jetstream'
  return { ...config, nats: natsConfig.parse({ servers: [`nats://${server.address}`], ...nats }) }
}

function folder(): string {
  const path = temporaryFolder('storage')
  return path
}

test('the log of several hubs is the stream that the configuration names', async () => {
  const options = { config: configOf({ stream: 'ONE', prefix: 'one' }), runtime, data: undefined }
  const logs = [await openLog(options, typing), await openLog(options, typing)]
  expect(logs.map(({ stats }) => stats.engine)).toEqual(['jetstream', 'jetstream'])
  expect(logs[0].epoch).toBe(logs[1].epoch)
  for (const log of logs) await log.close()
})

test('a data folder has one hub, also with a log in NATS', async () => {
  const options = { config: configOf({ stream: 'TWO', prefix: 'two' }), runtime, data: folder() }
  const log = await openLog(options, typing)
  await expect(openLog(options, typing)).rejects.toMatchObject({ code: 'TCN_LOG_LOCKED' })
  await log.close()
  await (await openLog(options, typing)).close()
})

test('hubs share consumers, and each has the positions of its own sources', async () => {
  const config = configOf({ prefix: 'three' })
  const states = await Promise.all(
    [folder(), folder()].map((data) => openState({ config, runtime, data }, new Damage(data))),
  )
  await states[0].bucket('consumers').put('c', Uint8Array.of(1))
  await states[0].bucket('sources').put('s', Uint8Array.of(2))
  expect((await states[1].bucket('consumers').get('c'))?.value[0]).toBe(1)
  expect(await states[1].bucket('sources').get('s')).toBeUndefined()
  for (const state of states) await state.close()
})

test('servers that do not answer, and files that cannot be read, are named', async () => {
  const open = (nats: object) => openLog({ config: configOf(nats), runtime, data: undefined }, typing)
  await expect(open({ servers: ['nats://127.0.0.1:1'] })).rejects.toMatchObject({
    code: 'TCN_NATS_UNREACHABLE',
  })
  await expect(open({ tokenFile: '/nowhere/token' })).rejects.toMatchObject({ code: 'TCN_FILE_UNREADABLE' })
})

test('a hub authenticates with a token from a file', async () => {
  const tokenFile = join(folder(), 'token')
  writeFileSync(tokenFile, 'secret\n')
  const guarded = await NatsServer.start({ token: 'secret' })
  onTestFinished(() => guarded.stop())
  const servers = [`nats://${guarded.address}`]
  const open = (nats: object) =>
    openLog({ config: configOf({ servers, ...nats }), runtime, data: undefined }, typing)
  await expect(open({})).rejects.toMatchObject({ code: 'TCN_NATS_LOGIN' })
  await (await open({ tokenFile })).close()
})

test('a data folder that others can change, or that is reached by a link of another user, is refused', async () => {
  const options = { config: hubConfig.parse({}), runtime }
  const refusal = (data: string) => openLog({ ...options, data }, typing).catch((error) => error)
  const open = join(folder(), 'open')
  mkdirSync(open)
  chmodSync(open, 0o777)
  expect(await refusal(open)).toMatchObject({
    code: 'TCN_DATA_FOLDER',
    message: expect.stringContaining('777'),
  })
  chmodSync(open, 0o770)
  await (await openLog({ ...options, data: open }, typing)).close()
  // Only root can make what belongs to others.
  if (process.getuid?.() !== 0) return
  const other = join(folder(), 'other')
  mkdirSync(other)
  chownSync(other, 12345, 12345)
  const message = expect.stringContaining('belongs to user 12345')
  expect(await refusal(other)).toMatchObject({ code: 'TCN_DATA_FOLDER', message })
  const link = join(folder(), 'link')
  symlinkSync(open, link)
  await (await openLog({ ...options, data: link }, typing)).close()
  lchownSync(link, 12345, 12345)
  expect(await refusal(link)).toMatchObject({
    code: 'TCN_DATA_FOLDER',
    message: expect.stringContaining('leads through a link of user 12345'),
  })
})

test('a data folder below a folder in which others can exchange it is refused', async () => {
  const options = { config: hubConfig.parse({}), runtime }
  const above = join(folder(), 'above')
  const data = join(above, 'data')
  mkdirSync(above)
  chmodSync(above, 0o777)
  await expect(openLog({ ...options, data }, typing)).rejects.toMatchObject({
    code: 'TCN_DATA_FOLDER',
    message: expect.stringContaining(`the folder ${above} on the way to ${data} can be written by everybody`),
  })
  chmodSync(above, 0o1777)
  await (await openLog({ ...options, data }, typing)).close()
})
