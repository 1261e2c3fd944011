import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HubProcess, jsonLines, lines } from './hub-process.js'

let from: HubProcess
let to: HubProcess

beforeAll(async () => {
  ;[from, to] = await Promise.all([HubProcess.start(), HubProcess.start()])
  const input = Array.from({ length: 200 }, (_, n) =>
    JSON.stringify({ tag: `shop/order/${n}`, data: { n, half: n / 2 } }),
  ).join('\n')
  await from.tocsin(['fire', '-'], { input })
})

afterAll(async () => {
  await from[Symbol.asyncDispose]()
  await to[Symbol.asyncDispose]()
})

/** Returns the stored bodies in order. */
async function bodies(hub: HubProcess, filter: string): Promise<string> {
  const read = hub.startTocsin(['read', filter, '--format', 'raw'], { input: '' })
  await read.ended
  return read.bytes.toString('hex')
}

describe.each([
  ['CloudEvents', 'all.ndjson', []],
  ['frames', 'all.tocsin', ['--frames']],
])('export and import as %s', (_name, name, options) => {
  it('return the same events, with their original cursor and time', async () => {
    const file = join(from.folder, name)
    const exported = await from.tocsin(['export', 'shop/', '--output', file, ...options])
    expect(exported).toEqual({ code: 0, stdout: '', stderr: '' })
    const imported = await to.tocsin(['import', file])
    expect(imported).toMatchObject({ code: 0, stderr: 'tocsin: 200 events imported\n' })
    const last = imported.stdout.trim()
    const here = jsonLines((await from.tocsin(['read', 'shop/', '--format', 'json'])).stdout)
    const there = jsonLines((await to.tocsin(['read', 'shop/', '--format', 'json'])).stdout).slice(-200)
    // Only the time at which they were stored is another one.
    expect(there.map(({ cursor: _, logtime: __, ...event }) => event)).toEqual(here)
    expect(there.at(-1)!.cursor).toBe(last)
    expect((await bodies(to, 'shop/')).endsWith(await bodies(from, 'shop/'))).toBe(true)
  })

  it('work through a pipe, and for a part', async () => {
    const part = from.startTocsin(['export', 'shop/', '--to', '@50', '--output', '-', ...options], {
      input: '',
    })
    await part.ended
    const before = lines((await to.tocsin(['read', 'shop/', '--fields', 'seq'])).stdout).length
    const imported = await to.tocsin(['import', '-', '--ack', 'accepted'], { input: part.bytes })
    const count = lines((await to.tocsin(['read', 'shop/', '--fields', 'seq'])).stdout).length - before
    expect(imported.stderr).toBe(`tocsin: ${count} events imported\n`)
    expect(count).toBeGreaterThan(40)
  })
})

describe('export', () => {
  it('never overwrites a file', async () => {
    const file = join(from.folder, 'there.ndjson')
    writeFileSync(file, 'precious')
    const { code, stderr } = await from.tocsin(['export', '--output', file])
    expect(code).toBe(1)
    expect(stderr).toContain('(TCN_FILE_UNWRITABLE)')
    expect(readFileSync(file, 'utf8')).toBe('precious')
  })

  it('ends with 6 at a gap with --strict', async () => {
    const { code } = await from.tocsin(['export', '--from', 'otherlogother-1', '--strict'])
    expect(code).toBe(6)
  })
})

describe('import', () => {
  it('names the invalid line, and imports the events before it', async () => {
    const good = { specversion: '1.0', id: '1', source: 'host/x', type: 'a.b', subject: 'imp/ort', data: 1 }
    const input = `${JSON.stringify(good)}\n${JSON.stringify({ ...good, type: '' })}\n`
    const { code, stderr } = await to.tocsin(['import'], { input })
    expect(code).toBe(2)
    expect(stderr).toContain('line 2: ')
    expect(stderr).toContain('(TCN_CLOUDEVENT_INVALID)')
    expect(lines((await to.tocsin(['read', 'imp/ort'])).stdout)).toHaveLength(1)
  })

  it('refuses a damaged file of frames', async () => {
    const part = from.startTocsin(['export', 'shop/', '--frames'], { input: '' })
    await part.ended
    const { code, stderr } = await to.tocsin(['import'], { input: part.bytes.subarray(0, -3) })
    expect(code).toBe(2)
    expect(stderr).toContain('ends within frame 200')
  })

  it('reports a missing file', async () => {
    const { code, stderr } = await to.tocsin(['import', '/nowhere/at/all'])
    expect(code).toBe(1)
    expect(stderr).toContain('(TCN_FILE_UNREADABLE)')
  })

  it('accepts empty input', async () => {
    expect(await to.tocsin(['import'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'tocsin: 0 events imported\n',
    })
  })
})
