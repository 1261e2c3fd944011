import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connect } from '../../src/client/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { Receiver } from '../sinks/receiver.js'

const EVENTS = 300
const KILLS = 3

test('a hub killed in the middle of deliveries delivers every event, in order but for repetitions', async () => {
  await using receiver = await Receiver.start()
  const hook = `hook: { type: webhook, url: "${receiver.url}", filter: a/, from: start }`
  const archive = (folder: string) =>
    `archive: { type: file, path: ${join(folder, 'archive.ndjson')}, filter: a/, from: start }`
  await using first = await HubProcess.start()
  const options = { folder: first.folder, config: `sinks: { ${hook}, ${archive(first.folder)} }\n` }
  await publish(first, EVENTS)
  await first.signal('SIGKILL')
  for (let kill = 1; kill <= KILLS; kill++) {
    const before = receiver.got.length
    const hub = await HubProcess.start(options)
    await receiver.until(() => receiver.got.length >= before + EVENTS / 10)
    await hub.signal('SIGKILL')
  }
  await using last = await HubProcess.start(options)
  await receiver.until(() => receiver.subjects.at(-1) === `a/${EVENTS}`)
  const path = join(last.folder, 'archive.ndjson')
  while (!readFileSync(path, 'utf8').includes(`"a/${EVENTS}"`))
    await new Promise((again) => setImmediate(again))
  expectAll(receiver.subjects)
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  expectAll(lines.map((line) => JSON.parse(line).subject))
})

async function publish(hub: HubProcess, count: number): Promise<void> {
  await using client = await connect({ address: hub.socket })
  for (let i = 1; i <= count; i++)
    await client.publish(`a/${i}`, {}, { ack: i === count ? 'durable' : 'accepted' })
}

/** Each is there, and after a repetition everything follows in its order again. */
function expectAll(subjects: string[]): void {
  const numbers = subjects.map((subject) => Number(subject.slice(2)))
  expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual(Array.from({ length: EVENTS }, (_, i) => i + 1))
  numbers.forEach((number, at) => {
    expect(number).toBeLessThanOrEqual((numbers[at - 1] ?? 0) + 1)
  })
}
