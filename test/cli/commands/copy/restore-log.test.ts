import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { encodeFrame } from '../../../../src/event/frame.js'
import { encode } from '../../../../src/event/index.js'
import { RunningCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

const NOW = Date.UTC(2026, 10, 20) * 1000
const MATCH_ALL = '{}'

let folder: string
let data: string

beforeEach(() => {
  folder = temporaryFolder('restore')
  data = join(folder, 'data')
})

interface Sample {
  seq?: number
  time?: number
}

/** Writes a backup whose checksums are right, whatever is in it. */
function backupOf(events: readonly Sample[], consumers: readonly object[] = []): string {
  const backup = join(folder, 'backup')
  const bytes = Buffer.concat(
    events.map(({ seq = 1, time = NOW }) => encodeFrame({ tag: 'shop/order', body: encode(seq), seq, time })),
  )
  const seqs = events.map(({ seq = 1 }) => seq)
  const [first, last] = [seqs[0], seqs[seqs.length - 1]]
  const file = 'events-0000000000000001.tocsin'
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const part = { file, first, last, events: events.length, bytes: bytes.length, sha256 }
  mkdirSync(backup)
  writeFileSync(join(backup, file), bytes)
  writeFileSync(
    join(backup, 'manifest.json'),
    JSON.stringify({
      ...{ format: 1, epoch: 'k3x9f2', hub: 'a', from: 1, last, updated: '2026-11-20T00:00:00Z' },
      ...{ parts: [part], gaps: [], consumers },
    }),
  )
  return backup
}

async function restore(...args: string[]): Promise<{ code: number; stderr: string }> {
  const command = new RunningCommand(['restore', ...args])
  const code = await command.ended
  return { code, stderr: command.stderr }
}

const consumer = { name: 'billing', filter: MATCH_ALL, taken: 1, created: NOW }

describe('a backup that no hub can have made', () => {
  const wrong: [string, Parameters<typeof backupOf>, RegExp][] = [
    ['a time of 2^63', [[{ time: 2 ** 63 }]], /frame 1 .* time that no event can have/],
    [
      'a time after the year 2255',
      [[{}, { seq: 2, time: 2 ** 53 }]],
      /frame 2 .* time that no event can have/,
    ],
    ['the last number that is exact', [[{ seq: 2 ** 53 - 1 }]], /frame 1 .* number that no event can have/],
    [
      'a consumer with a long name',
      [[{}], [{ ...consumer, name: 'x'.repeat(3000) }]],
      /consumers\.0\.name .*is no name/,
    ],
    [
      'a consumer with a NUL in its name',
      [[{}], [{ ...consumer, name: 'a\0b' }]],
      /consumers\.0\.name .*is no name/,
    ],
    ['a filter that is no JSON', [[{}], [{ ...consumer, filter: '*' }]], /consumers\.0\.filter/],
    [
      'a filter that is none',
      [[{}], [consumer, { ...consumer, filter: '{"where":7}' }]],
      /consumers\.1\.filter/,
    ],
    [
      'a fraction as the time of a consumer',
      [[{}], [{ ...consumer, created: 0.5 }]],
      /consumers\.0\.created/,
    ],
  ]

  it.each(wrong)('is refused by --check and restores nothing, if it has %s', async (_name, content, why) => {
    const backup = backupOf(...content)
    for (const args of [['--check'], ['--data', data]]) {
      const { code, stderr } = await restore(backup, ...args)
      expect(stderr).toMatch(why)
      expect(stderr).toContain('TCN_BACKUP_INVALID')
      expect(code).toBe(1)
    }
    expect(readdirSync(folder)).toEqual(['backup'])
  })
})

describe('a folder beside the data folder', () => {
  const fresh = () => `${data}.restoring`

  it('is kept, if it is not the remainder of another attempt', async () => {
    mkdirSync(fresh())
    writeFileSync(join(fresh(), 'mine'), '')
    const { code, stderr } = await restore(backupOf([{}]), '--data', data)
    expect(stderr).toMatch(/data\.restoring is in the way.*TCN_RESTORE_NOT_EMPTY/s)
    expect(code).toBe(1)
    expect(readdirSync(fresh())).toEqual(['mine'])
  })

  it('gives way, if an attempt was killed', async () => {
    mkdirSync(join(fresh(), 'log'), { recursive: true })
    writeFileSync(join(fresh(), 'UNFINISHED'), '')
    expect(await restore(backupOf([{}], [consumer]), '--data', data)).toMatchObject({ code: 0 })
    expect(existsSync(fresh())).toBe(false)
    expect(readdirSync(data).sort()).toEqual(['log', 'state', 'state.copy'])
  })
})
