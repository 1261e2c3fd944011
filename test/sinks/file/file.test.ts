import {
  appendFileSync,
  chownSync,
  lchownSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { LineFile } from '../../../src/sinks/file/line-file.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { QUICK, SinkHub } from '../sink-hub.js'

let folder: string
let path: string

beforeEach(() => {
  folder = temporaryFolder('file-sink')
  path = join(folder, 'events.ndjson')
})

const file = (more = {}) => ({
  archive: { type: 'file' as const, path, filter: 'a/', retry: QUICK, ...more },
})

function subjects(of = path): string[] {
  const lines = readFileSync(of, 'utf8').split('\n')
  expect(lines.pop()).toBe('')
  return lines.map((line) => JSON.parse(line).subject)
}

it('every event is one line, and is on the disk before it counts as delivered', async () => {
  await using hub = await SinkHub.start(file())
  await hub.publish('a/1', 'b/2', 'a/3')
  await hub.until(([{ delivered }]) => delivered === 2)
  expect(subjects()).toEqual(['a/1', 'a/3'])
})

it('a full file is renamed, and the oldest ones are removed', async () => {
  await using hub = await SinkHub.start(file({ rotate: { size: '1KiB', keep: 2 } }))
  for (let i = 1; i <= 30; i++) {
    await hub.publish(`a/${i}`)
    await hub.until(([{ delivered }]) => delivered === i)
  }
  const names = readdirSync(folder).sort()
  expect(names).toHaveLength(3)
  const kept = [...names.slice(1), names[0]].flatMap((name) => subjects(join(folder, name)))
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => `a/${31 - kept.length + i}`))
})

it('what was renamed last is kept, also when the clock was ahead before', async () => {
  writeFileSync(`${path}.20990101T000000.000000Z`, '{"subject":"a/0"}\n')
  await using hub = await SinkHub.start(file({ rotate: { size: '1KiB', keep: 2 } }))
  for (let i = 1; i <= 30; i++) {
    await hub.publish(`a/${i}`)
    await hub.until(([{ delivered }]) => delivered === i)
  }
  const [newest, ...renamed] = readdirSync(folder).sort()
  expect(renamed).toHaveLength(2)
  const kept = [...renamed, newest].flatMap((name) => subjects(join(folder, name)))
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => `a/${31 - kept.length + i}`))
})

it('a file that another program has renamed is left to it', async () => {
  await using hub = await SinkHub.start(file())
  await hub.publish('a/1')
  await hub.until(([{ delivered }]) => delivered === 1)
  renameSync(path, `${path}.old`)
  await hub.publish('a/2')
  await hub.until(([{ delivered }]) => delivered === 2)
  expect([subjects(`${path}.old`), subjects()]).toEqual([['a/1'], ['a/2']])
})

it('a piece of a line that a crash has left is removed', async () => {
  appendFileSync(path, `{"whole":1}\n${'x'.repeat(200_000)}`)
  const opened = await LineFile.open(path, 0)
  await opened.append([Buffer.from('{"next":2}\n')], true)
  await opened.close()
  expect(readFileSync(path, 'utf8')).toBe('{"whole":1}\n{"next":2}\n')
})

it('lines behind a hole that a loss of power has left are removed, since their events come again', async () => {
  appendFileSync(path, `{"whole":1}\n{"torn":${'\0'.repeat(100_000)}"x"}\n{"later":3}\n`)
  const opened = await LineFile.open(path, 0)
  await opened.append([Buffer.from('{"next":2}\n')], true)
  await opened.close()
  expect(readFileSync(path, 'utf8')).toBe('{"whole":1}\n{"next":2}\n')
})

it('events wait for a folder that is not there', async () => {
  path = join(folder, 'later', 'events.ndjson')
  await using hub = await SinkHub.start(file())
  await hub.publish('a/1')
  const [{ reason }] = await hub.until(([{ failures }]) => failures > 0)
  expect(reason).toContain('ENOENT')
})

it('a file or a link of another user is not written to, those of root and of the hub are', async () => {
  const real = join(folder, 'real')
  writeFileSync(real, '')
  symlinkSync('real', path)
  await (await LineFile.open(path, 0)).close()
  // Only root can make what belongs to others.
  if (process.getuid?.() !== 0) return
  lchownSync(path, 12345, 12345)
  await expect(LineFile.open(path, 0)).rejects.toThrow(
    'leads through a link of user 12345, which is not followed',
  )
  chownSync(real, 12345, 12345)
  await expect(LineFile.open(real, 0)).rejects.toThrow('belongs to user 12345')
})
