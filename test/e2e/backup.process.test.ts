import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../src/client/index.js'
import { HubProcess, jsonLines, tocsin } from './hub-process.js'

let hub: HubProcess
let folder: string
let data: string

beforeEach(async () => {
  hub = await HubProcess.start()
  folder = join(hub.folder, 'backup')
  data = join(hub.folder, 'restored', 'data')
})

afterEach(() => hub[Symbol.asyncDispose]())

async function publish(count: number, dataOf: (n: number) => unknown): Promise<void> {
  await using client = await connect({ address: hub.socket })
  const events = Array.from({ length: count }, (_, n) => ({ tag: 'shop/order', data: dataOf(n) }))
  for (let at = 0; at < count; at += 20)
    await client.publishBatch(events.slice(at, at + 20), { ack: 'durable' })
}

const fire = (first: number, count: number) => publish(count, (n) => first + n)

/** What each event is, with or without its data. */
async function fields(at: HubProcess, hasData = true): Promise<unknown[]> {
  await using client = await connect({ address: at.socket })
  const found: unknown[] = []
  for await (const { seq, time, tag, data } of client.read('shop/').events())
    found.push([seq, time, tag, ...(hasData ? [data] : [])])
  return found
}

async function restored(...folders: string[]): Promise<HubProcess> {
  const ended = await tocsin(['restore', ...folders, '--data', data])
  expect(ended).toMatchObject({ code: 0 })
  return await HubProcess.start({ folder: join(hub.folder, 'restored') })
}

describe('backup and restore', () => {
  it('recreate a hub with the same events, seqs and consumers', async () => {
    await fire(0, 500)
    await hub.tocsin(['consumers', 'add', 'billing', 'shop/', '--from', '@100'])
    const first = await hub.tocsin(['backup', folder])
    expect(first).toMatchObject({ code: 0 })
    await fire(500, 300)
    const second = await hub.tocsin(['backup', folder])
    expect(second.stderr).toMatch(/^tocsin: 30\d events, /)
    expect((await tocsin(['restore', folder, '--check'])).stderr).toMatch(/: no damage found\n$/)
    await using again = await restored(folder)
    const [here, there] = [await fields(hub), await fields(again)]
    expect(here).toHaveLength(800)
    expect(there).toEqual(here)
    expect((await again.tocsin(['log', 'verify'])).code).toBe(0)
    const [consumer] = jsonLines((await again.tocsin(['consumers', 'list', '--format', 'json'])).stdout)
    const [epoch, seq] = String(consumer.cursor).split('-')
    expect(consumer.name).toBe('billing')
    expect(Number(seq)).toBeLessThan(101)
    expect(second.stdout.startsWith(`${epoch}-`)).toBe(false)
    const fresh = (await again.tocsin(['fire', 'shop/order', '800'])).stdout.trim()
    expect(Number(fresh.split('-')[1])).toBeGreaterThan(Number(second.stdout.trim().split('-')[1]))
    expect(await fields(again)).toHaveLength(801)
  })

  it('split a large log into several files', async () => {
    const data = 'x'.repeat(900_000)
    await publish(80, () => data)
    expect(await hub.tocsin(['backup', folder])).toMatchObject({ code: 0 })
    expect(readdirSync(folder).filter((name) => name.startsWith('events-'))).toHaveLength(2)
    await using again = await restored(folder)
    expect(await fields(again, false)).toEqual(await fields(hub, false))
    expect((await again.tocsin(['log', 'verify'])).code).toBe(0)
  })

  it('combine backups in several folders, but refuse missing events between them', async () => {
    await fire(0, 50)
    const cursor = (await hub.tocsin(['backup', folder])).stdout.trim()
    await fire(50, 50)
    const more = join(hub.folder, 'more')
    await hub.tocsin(['backup', more, '--from', cursor])
    await fire(100, 50)
    const late = join(hub.folder, 'late')
    await hub.tocsin(['backup', late, '--from', '@120'])
    expect(await tocsin(['restore', folder, late, '--check'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('TCN_BACKUP_INVALID'),
    })
    await using again = await restored(folder, more)
    expect(await fields(again)).toEqual((await fields(hub)).slice(0, 100))
  })

  it('start at any position, such as a time', async () => {
    await fire(0, 20)
    const time = new Date().toISOString()
    await fire(20, 10)
    expect(await hub.tocsin(['backup', folder, '--from', time])).toMatchObject({ code: 0 })
    await using again = await restored(folder)
    expect(await fields(again)).toEqual((await fields(hub)).slice(20))
    const [now, bad] = await Promise.all([
      hub.tocsin(['backup', join(hub.folder, 'now'), '--from', 'now']),
      hub.tocsin(['backup', join(hub.folder, 'bad'), '--from', 'soon']),
    ])
    expect(now).toMatchObject({ code: 0, stderr: expect.stringMatching(/^tocsin: 0 events, /) })
    expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining('TCN_RANGE_INVALID') })
  })

  it('continue after a backup was killed halfway', async () => {
    await fire(0, 200)
    await hub.tocsin(['backup', folder])
    appendFileSync(join(folder, 'events-0000000000000300.tocsin.partial'), 'cut off')
    await fire(200, 100)
    const killed = hub.startTocsin(['backup', folder])
    await killed.signal('SIGKILL')
    expect((await hub.tocsin(['backup', folder])).code).toBe(0)
    expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([])
    await using again = await restored(folder)
    expect(await fields(again)).toEqual(await fields(hub))
  })

  it('report a damaged file, and restore nothing from it', async () => {
    await fire(0, 100)
    await hub.tocsin(['backup', folder])
    const [part] = readdirSync(folder).filter((name) => name.startsWith('events-'))
    truncateSync(join(folder, part), readFileSync(join(folder, part)).length - 1)
    const ended = await tocsin(['restore', folder, '--data', data])
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(new RegExp(`${part}.*TCN_BACKUP_INVALID`)),
    })
    expect(existsSync(data)).toBe(false)
  })

  it('leave a folder unchanged that is in use or belongs to another log', async () => {
    await fire(0, 10)
    await hub.tocsin(['backup', folder])
    expect(await tocsin(['restore', folder, '--data', hub.data])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('TCN_RESTORE_NOT_EMPTY'),
    })
    await using other = await HubProcess.start()
    expect(await other.tocsin(['backup', folder])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('TCN_BACKUP_FOREIGN'),
    })
    expect((await tocsin(['restore', other.folder, '--check'])).stderr).toContain('TCN_BACKUP_INVALID')
    const ahead = await hub.tocsin(['backup', join(folder, 'ahead'), '--from', '@1000'])
    expect(ahead).toMatchObject({ code: 2, stderr: expect.stringContaining('the log ends at @') })
  })
})
