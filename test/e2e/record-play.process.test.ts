import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HubProcess, jsonLines } from './hub-process.js'

let hub: HubProcess
let other: HubProcess

beforeAll(async () => {
  ;[hub, other] = await Promise.all([HubProcess.start(), HubProcess.start()])
})

afterAll(async () => {
  await hub[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

const fire = (count: number, password = 'hunter2-canary') =>
  hub.tocsin(['fire', '-'], {
    input: Array.from({ length: count }, (_, n) =>
      JSON.stringify({ tag: `shop/login/${n}`, data: { n, password, nested: [{ token: password }] } }),
    ).join('\n'),
  })

describe('record and play', () => {
  it('copy events without their secrets to another hub, under other tags', async () => {
    const file = join(hub.folder, 'login.tocsin')
    const recording = hub.startTocsin(
      [
        'record',
        '-o',
        file,
        'shop/',
        '--count',
        '50',
        '--from',
        'start',
        '--redact',
        'data.password',
        '--redact',
        'data.**.token',
      ],
      { input: '' },
    )
    await fire(50)
    const recorded = await recording.ended
    expect(recorded).toMatchObject({ code: 0, stdout: '' })
    expect(recorded.stderr).toMatch(/^tocsin: 50 events, .* 50 of them redacted recorded\n$/)
    expect(readFileSync(file).includes('hunter2-canary')).toBe(false)
    expect(statSync(file).mode & 0o777).toBe(0o600)

    const played = await hub.tocsin([
      'play',
      file,
      '--speed',
      'max',
      '--url',
      other.socket,
      '--tag-prefix',
      'replay/',
    ])
    expect(played).toMatchObject({ code: 0, stderr: 'tocsin: 50 events played\n' })
    const here = jsonLines((await hub.tocsin(['read', 'shop/', '--format', 'json'])).stdout)
    const there = jsonLines((await other.tocsin(['read', 'replay/', '--format', 'json'])).stdout)
    expect(there).toHaveLength(50)
    for (const [n, event] of there.entries()) {
      expect(event).toMatchObject({
        id: here[n].id,
        time: here[n].time,
        subject: `replay/shop/login/${n}`,
        data: { n, password: '<redacted>', nested: [{ token: '<redacted>' }] },
      })
    }
    expect(there.at(-1)!.cursor).toBe(played.stdout.trim())
  })

  it('keep an interrupted recording valid up to its end', async () => {
    const file = join(hub.folder, 'cut.tocsin')
    const recording = hub.startTocsin(['record', '-o', file, 'cut/'])
    await expect.poll(() => isThere(file)).toBe(true)
    const input = '{"tag":"cut/n"}\n'.repeat(50)
    await expect
      .poll(async () => {
        await hub.tocsin(['fire', '-'], { input })
        return statSync(file).size
      })
      .toBeGreaterThan(500)
    const ended = await recording.signal('SIGINT')
    expect(ended.code).toBe(130)
    expect((await other.tocsin(['import', file])).stderr).toMatch(/^tocsin: [1-9]\d* events? imported\n$/)
  })

  it('never overwrite a file', async () => {
    const file = join(hub.folder, 'tocsin.yaml')
    const ended = await hub.tocsin(['record', '-o', file, 'nothing/'])
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('TCN_FILE_UNWRITABLE') })
  })

  it('refuse a missing file and an invalid speed', async () => {
    const ended = await hub.tocsin(['play', join(hub.folder, 'nowhere')])
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('TCN_FILE_UNREADABLE') })
    expect((await hub.tocsin(['play', '--speed', 'fast'])).code).toBe(2)
  })
})

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined
}
