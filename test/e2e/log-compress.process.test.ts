import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { connect } from '../../src/client/index.js'
import type { LogInfo } from '../../src/methods/contract/index.js'
import { HubProcess } from './hub-process.js'

const config = (form: 'auto' | 'off') =>
  `log: { segment: { bytes: 1MiB }, compression: ${form}, index: ${form} }\n`
const EVENTS = 4000

async function publish(hub: HubProcess): Promise<void> {
  await using client = await connect({ address: hub.socket })
  for (let at = 0; at < EVENTS; at += 100) {
    const events = Array.from({ length: 100 }, (_, n) => ({
      tag: 'a/b',
      data: { n: at + n, word: `word${at + n}`, fill: 'x'.repeat(1000) },
    }))
    await client.publishBatch(events, { ack: 'durable' })
  }
}

async function numbersIn(hub: HubProcess): Promise<number[]> {
  await using client = await connect({ address: hub.socket })
  const numbers: number[] = []
  for await (const item of client.read('a/b'))
    if (item.status === undefined) numbers.push((item.data as { n: number }).n)
  return numbers
}

async function infoOf(hub: HubProcess): Promise<LogInfo> {
  await using client = await connect({ address: hub.socket })
  return await client.request('log.info', {})
}

function bytesIn(data: string): number {
  const folder = join(data, 'log', 'segments')
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name, 'data.mdb')).size, 0)
}

const all = Array.from({ length: EVENTS }, (_, n) => n)

test('a log is compressed on demand, says so, and is read, verified and used by the next hub as before', {
  timeout: 180_000,
}, async () => {
  await using hub = await HubProcess.start({ config: config('off') })
  await publish(hub)
  const before = bytesIn(hub.data)
  expect((await infoOf(hub)).compression).toMatchObject({ isAutomatic: false, segments: 0 })
  const compressed = await hub.tocsin(['log', 'compress'])
  expect(compressed).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d segments: .* to .* on disk\n$/),
  })
  const after = bytesIn(hub.data)
  expect(after).toBeLessThan(before / 2)
  // The event of the command may have begun a segment.
  await hub.tocsin(['log', 'compress'])
  const { compression, segments, bytes } = await infoOf(hub)
  expect([compression!.segments, bytes > EVENTS * 1000]).toEqual([segments - 1, true])
  expect(compression!.diskBytes).toBeLessThan(compression!.plainBytes / 5)
  const { stdout: shown } = await hub.tocsin(['log', 'show', '--format', 'json'])
  expect(JSON.parse(shown).index).toMatchObject({ isAutomatic: false, segments: 0 })
  expect(await hub.tocsin(['log', 'index'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d segments: .* to .* on disk\n$/),
  })
  expect((await hub.tocsin(['log', 'index'])).stdout).toContain('have an index')
  const status = await hub.tocsin(['status'])
  expect(status.stdout).toMatch(/index +words of \d segments; new ones get none by themselves/)
  expect(status.stdout).toMatch(/compressed +\d of \d segments: .* take .* on disk/)
  expect(await numbersIn(hub)).toEqual(all)
  expect(await hub.tocsin(['log', 'verify'])).toMatchObject({ code: 0 })
  expect((await hub.tocsin(['log', 'compress'])).stdout).toContain('nothing to compress')
  await using client = await connect({ address: hub.socket })
  const { text } = await client.request<{ text: string }>('metrics.read')
  expect(text).toMatch(new RegExp(`^tocsin_log_compressed_segments ${segments - 1}$`, 'm'))
  await client.close()
  await hub.stop()
  await using again = await HubProcess.start({ config: config('off'), folder: hub.folder })
  expect(await numbersIn(again)).toEqual(all)
  expect((await infoOf(again)).compression!.segments).toBe(segments - 1)
  const { stdout } = await again.tocsin(['read', '--from', 'start', '--grep', 'word1234', '--format', 'json'])
  expect(JSON.parse(stdout)).toMatchObject({ data: { n: 1234 } })
  expect((await infoOf(again)).index!.skippedChunks).toBeGreaterThan(1)
})

test('a hub compresses by itself, and one that is killed meanwhile leaves all events to the next', async () => {
  await using hub = await HubProcess.start({ config: config('auto') })
  await publish(hub)
  await hub.signal('SIGKILL')
  await using again = await HubProcess.start({ config: config('auto'), folder: hub.folder })
  expect(await numbersIn(again)).toEqual(all)
  await expect
    .poll(
      async () => {
        const { compression, segments } = await infoOf(again)
        return segments - compression!.segments
      },
      { timeout: 60_000, interval: 500 },
    )
    .toBe(1)
  expect(await numbersIn(again)).toEqual(all)
  expect(await again.tocsin(['log', 'verify'])).toMatchObject({ code: 0 })
})
