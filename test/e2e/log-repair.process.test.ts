import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connect } from '../../src/client/index.js'
import type { LogInfo } from '../../src/methods/contract/index.js'
import { HubProcess, tocsin } from './hub-process.js'

const config = 'log: { segment: { bytes: 1MiB }, compression: off }\n'
const EVENTS = 3000

async function publish(hub: HubProcess): Promise<void> {
  await using client = await connect({ address: hub.socket })
  const events = Array.from({ length: EVENTS }, (_, n) => ({
    tag: 'a/b',
    data: { n, fill: 'x'.repeat(1000) },
  }))
  for (let at = 0; at < EVENTS; at += 100)
    await client.publishBatch(events.slice(at, at + 100), { ack: 'durable' })
}

/** Returns the numbers of the events that are read, and the ranges of which a gap tells. */
async function readAll(hub: HubProcess) {
  await using client = await connect({ address: hub.socket })
  const numbers: number[] = []
  const gaps: { from: number; to: number; why: string }[] = []
  for await (const item of client.read('a/b')) {
    if (item.status === undefined) numbers.push((item.data as { n: number }).n)
    else if (item.status === 'gap') gaps.push({ from: item.from, to: item.to, why: item.why })
  }
  const { lost } = await client.request<LogInfo>('log.info')
  return { numbers, gaps, lost }
}

/** Changes one event in the middle of the file. */
function damage(file: string): void {
  const at = readFileSync(file).indexOf('xxxx', 600_000)
  const handle = openSync(file, 'r+')
  writeSync(handle, 'y', at)
  closeSync(handle)
}

test('a damaged log is verified, repaired and used again: what is intact is read, what is lost is told', async () => {
  await using first = await HubProcess.start({ config })
  const { folder, data } = first
  await publish(first)
  await first.stop()
  const segments = join(data, 'log', 'segments')
  const [, damaged] = readdirSync(segments).sort()
  damage(join(segments, damaged, 'data.mdb'))

  const command = `tocsin log repair --data ${data}`
  const verified = await tocsin(['log', 'verify', '--data', data])
  expect(verified).toMatchObject({ code: 1 })
  const found = / {2}@(\d+) to @(\d+): segment \d+, events \1 to \2: the checksum of the chunk is wrong/
  expect(verified.stdout).toContain(`damaged: ${join(segments, damaged)}: `)
  expect(verified.stdout).toContain(`Run \`${command}\``)
  const [, from, to] = found.exec(verified.stdout)!.map(Number)
  const shown = await tocsin(['log', 'repair', '--data', data])
  expect(shown).toMatchObject({ code: 1, stdout: expect.stringContaining(`${command} --apply`) })
  const repaired = await tocsin(['log', 'repair', '--data', data, '--apply'])
  expect(repaired).toMatchObject({ code: 0, stdout: expect.stringContaining('.damaged-') })

  await using again = await HubProcess.start({ config, folder })
  const { numbers, gaps, lost } = await readAll(again)
  expect(gaps).toMatchObject([{ from, to, why: 'lost-in-damage' }])
  expect(lost).toMatchObject([{ from, to, damaged: true }])
  expect(numbers).toHaveLength(EVENTS - (to - from + 1))
  expect(new Set(numbers).size).toBe(numbers.length)
  expect(numbers).toEqual([...numbers].sort((one, other) => one - other))
  expect(await again.stop()).toMatchObject({ code: 0 })
})

test('a hub that meets damage names the command with its own data folder', async () => {
  await using first = await HubProcess.start({ config })
  const { folder, data } = first
  await publish(first)
  await first.stop()
  const segments = join(data, 'log', 'segments')
  damage(join(segments, readdirSync(segments).sort()[1], 'data.mdb'))
  await using again = await HubProcess.start({ config, folder })
  expect((await readAll(again)).gaps).toMatchObject([{ why: 'damaged' }])
  const status = await again.tocsin(['status'])
  expect(status.stdout.replace(/\s+/g, ' ')).toContain(`tocsin log repair --data ${data}`)
  expect(await again.tocsin(['log', 'verify'])).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('Stop the hub and run `tocsin log repair`, with its --data'),
  })
})
