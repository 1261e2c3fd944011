import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startTestHub, type TestHubOptions } from '../../../../src/hub/testing.js'
import { RunningCommand, runCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { programThatSays } from '../../../sources/ncs/harness.js'

it.each([
  [['--access-file', 'access'], '--access-file must be'],
  [['--mask', 'ORDIT'], '--mask is no type of a notification'],
  [['--stream', ''], '--stream '],
  [['--stream', 'a', '--stream', 'a'], '--stream names a stream twice'],
  [['--modules', 'folder'], '--modules must be an absolute path'],
])('%j names the option that is wrong', async (words, message) => {
  const { code, stderr } = await runCommand(['ncs', 'attach', ...words])
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
})

const demo = `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>2090-01-01T00:00:10Z</eventTime><up xmlns="urn:a"/></notification>`

/** Returns from where on the stream is asked for again, after one event and the end of the program. */
async function startOfSecond(options: TestHubOptions): Promise<string> {
  const folder = temporaryFolder('ncs-attach')
  const socket = join(folder, 'hub.sock')
  await using _ = await startTestHub({ socket, ...options })
  const lines = [
    '{"connected":{"unknown":[]},"at":1769839200000000}',
    JSON.stringify({ stream: 'demo', xml: demo }),
  ]
  const python = programThatSays(folder, lines, 'sleep 1')
  const words = ['--socket', socket, '--python', python, '--stream', 'demo']
  const command = new RunningCommand(['ncs', 'attach', ...words])
  const attachments = () => command.stderr.split('attached to NSO').length - 1
  await expect.poll(attachments, { timeout: 30_000 }).toBe(2)
  const { streams } = JSON.parse(readFileSync(`${python}.heard`, 'utf8'))
  await command.interrupt()
  return streams[0].start
}

it('a stream is asked for again from the events on that the hub has', async () => {
  expect(await startOfSecond({})).toBe('2090-01-01T00:00:08.000000Z')
  const principals = { low: { publish: ['ncs/'], see: '*' as const } }
  const start = await startOfSecond({ principal: 'low', config: { principals } })
  expect(Date.parse(start)).toBeLessThan(Date.parse('2089-01-01T00:00:00Z'))
})
