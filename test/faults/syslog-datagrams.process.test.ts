import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { connect } from '../../src/client/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { readersOf, sendLocal } from '../sources/syslog/local-sender.js'

test('the reader of datagrams ends with a hub that was killed, and the next hub reads the same socket', async () => {
  const folder = temporaryFolder('datagrams-kill')
  const datagrams = join(folder, 'log')
  const config = JSON.stringify({
    sources: { system: { enabled: false }, syslog: [{ name: 't', datagrams }] },
  })
  const textsOf = async (hub: HubProcess) => {
    await using client = await connect({ address: hub.socket })
    const texts = []
    for await (const { data } of client.read('syslog/t/').events())
      texts.push((data as { message: string }).message)
    return texts
  }
  const expected: string[] = []
  for (const name of ['first', 'second', 'third']) {
    await using hub = await HubProcess.start({ folder, sources: true, config })
    await vi.waitFor(() => sendLocal(datagrams, `<13>${name}`), { timeout: 50_000, interval: 100 })
    expected.push(name)
    await vi.waitFor(async () => expect(await textsOf(hub)).toEqual(expected), { timeout: 50_000 })
    await hub.tocsin(['fire', 'settled', '{}', '--ack', 'durable'])
    expect(readersOf(datagrams)).toHaveLength(1)
    await hub.signal('SIGKILL')
    await expect.poll(() => readersOf(datagrams), { timeout: 50_000 }).toEqual([])
    expect(existsSync(datagrams)).toBe(false)
  }
})
