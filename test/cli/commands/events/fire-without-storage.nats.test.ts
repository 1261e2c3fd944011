import { expect, it, onTestFinished, vi } from 'vitest'
import { startClusterHub } from '../../../helpers/cluster-hub.js'
import { NatsServer } from '../../../helpers/nats-server.js'
import { RunningCommand } from '../../../helpers/run-cli.js'

vi.setConfig({ testTimeout: 120_000 })

it('says what an event waits for, and ends as refused when the hub says that it cannot store it', async () => {
  const server = await NatsServer.start()
  onTestFinished(() => server.stop())
  const { address, client } = await startClusterHub(server.address, 'silent', 'one')
  await (await client()).publish('first', 1)
  server.suspend()
  const socket = address.slice('unix:'.length)
  const fired = new RunningCommand(['fire', 'a', '1', '--socket', socket, '--timeout', '15s'])
  await fired.says('the hub has not stored the event yet: ')
  expect(await fired.ended).toBe(4)
  expect(fired.stderr).toMatch(/it is not known whether the event is stored; .*TCN_/)
  server.resume()
})
