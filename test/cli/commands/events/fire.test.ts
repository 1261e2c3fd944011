import { expect, it } from 'vitest'
import { startTestHub } from '../../../../src/hub/testing.js'
import { RunningCommand } from '../../../helpers/run-cli.js'

it('forges an event of the hub itself only when asked to', async () => {
  await using hub = await startTestHub()
  const fire = async (...words: string[]) => {
    const command = new RunningCommand(['fire', ...words, '--socket', hub.address.slice('unix:'.length)])
    return { exit: await command.ended, stderr: command.stderr }
  }
  const last = () => hub.hub.bus.log.last
  const before = last()
  expect(await fire('hub/started', '{}')).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining('"hub/started" belongs to the hub itself; --as-hub publishes'),
  })
  expect(await fire('demo/x', '{}', '--source', 'hub/elsewhere')).toMatchObject({ exit: 2 })
  expect(last()).toBe(before)
  expect(await fire('hub/started', '{}', '--as-hub')).toMatchObject({ exit: 0, stderr: '' })
  expect(await fire('hubcap/x', '{}')).toMatchObject({ exit: 0 })
  expect(last()).toBe(before + 2)
})
