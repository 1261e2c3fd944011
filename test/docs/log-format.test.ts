import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { open } from 'lmdb'
import { beforeAll, describe, expect, it } from 'vitest'
import { encode, encodeFrame } from '../../src/event/index.js'
import { startTestHub } from '../../src/hub/testing.js'
import { openLmdbLog } from '../../src/log/index.js'
import { CHUNK_BYTES, SMALL_CHUNK_BYTES } from '../../src/log/lmdb/chunk-queue.js'
import { FORMAT } from '../../src/log/lmdb/log-meta.js'
import { isPacked, unpackChunk } from '../../src/log/lmdb/packed-chunk.js'
import { IndexWriter } from '../../src/log/lmdb/word-index/index-writer.js'
import { FakeRuntime } from '../helpers/fake-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { bytesOf, readPage, root, tableRows } from './page.js'

const page = readPage('docs/reference/log-format.md')

function block(language: string, label: string) {
  return page.blocks.find((each) => each.language === language && each.label === label)!
}

/** Reads the keys and values of a table, without Tocsin. */
async function read(path: string, table: string): Promise<Map<unknown, Buffer>> {
  const environment = open({ path, readOnly: true, maxDbs: 4, encoding: 'binary' })
  const entries = [...environment.openDB<Buffer>(table, { encoding: 'binary' }).getRange({})]
  const copies = entries.map(({ key, value }) => [key, Buffer.from(value)] as const)
  await environment.close()
  return new Map(copies)
}

let folder: string

beforeAll(async () => {
  folder = temporaryFolder('format')
  const runtime = Object.assign(new FakeRuntime(), { soon: (run: () => void) => void setImmediate(run) })
  const log = await openLmdbLog({ folder: join(folder, 'log'), runtime, typeOf: () => 'demo.door' })
  const frames = [true, false].map((open) =>
    encodeFrame({ tag: 'demo/door', source: 'host/web1', body: encode({ open }) }),
  )
  const producers = [{ key: 'admin/p-1', first: 1, last: 2, count: 2 }]
  log.append({ bytes: Buffer.concat(frames), count: 2, firstSeq: 0, lastSeq: 0, producers }, () => {})
  await log.durable(2)
  await log.close()
})

describe('the format of the log', () => {
  it('has the number and the limits of the code', () => {
    expect(page.text).toContain(`Format number ${FORMAT},`)
    expect(page.text).toContain(`At most ${CHUNK_BYTES} bytes`)
    expect(page.text).toContain(`less than ${SMALL_CHUNK_BYTES} bytes`)
  })

  it('has the folders that a hub creates', async () => {
    const data = join(folder, 'data')
    const hub = await startTestHub({ data })
    const client = await hub.connect()
    await client.publish('demo/door', {}, { ack: 'durable' })
    await client.close()
    await hub.close()
    const files = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((path) =>
      statSync(join(data, path)).isFile(),
    )
    expect(files.sort()).toEqual(block('tree', '').text.trim().split('\n'))
  })

  it('names every key of meta', () => {
    const source = readFileSync(join(root, 'src/log/lmdb/meta-records.ts'), 'utf8')
    const [, records] = /^export interface Records \{\n([\s\S]*?)^\}/m.exec(source)!
    const keys = [...records.matchAll(/^ {2}(\w+):/gm)].map(([, key]) => key)
    const named = tableRows(page.text).map(([cell]) => cell.replaceAll('`', ''))
    expect(named).toEqual(
      [...keys, 'segment/<first number>', 'compressed/<first number>', 'indexed/<first number>'].sort(
        byPage(named),
      ),
    )
  })

  it('shows the contents of meta after a clean stop', async () => {
    const stored = await read(join(folder, 'log/meta'), 'log')
    const values = [...stored].map(([key, value]) => [key, JSON.parse(value.toString())])
    expect(JSON.parse(block('json', 'meta').text)).toEqual(Object.fromEntries(values))
  })

  it('shows a compressed chunk that has the same events', () => {
    const plain = bytesOf(block('hex', 'chunk'))
    const value = bytesOf(block('hex', 'compressed'))
    expect(isPacked(value)).toBe(true)
    expect(hex(unpackChunk(value, plain.length))).toBe(hex(plain))
  })

  it('shows the filters of a chunk', () => {
    const plain = bytesOf(block('hex', 'chunk'))
    const index = new IndexWriter()
    const writes = [...index.add(plain, { firstSeq: 1, crc32: crc32(plain) }), ...index.end()]
    expect(writes.map(({ key, value }) => [key, hex(value!)])).toEqual([
      [1, hex(bytesOf(block('hex', 'filters')))],
    ])
  })

  it('shows the bytes of a chunk, its summary and the totals of its segment', async () => {
    const segment = join(folder, 'log/segments/0000000000000001')
    const chunks = await read(segment, 'chunks')
    const summaries = await read(segment, 'summaries')
    expect([...chunks.keys(), ...summaries.keys()]).toEqual([1, 0, 1])
    expect(hex(chunks.get(1)!)).toBe(hex(bytesOf(block('hex', 'chunk'))))
    expect(hex(summaries.get(1)!)).toBe(hex(bytesOf(block('hex', 'summary'))))
    expect(JSON.parse(block('json', 'totals').text)).toEqual(JSON.parse(summaries.get(0)!.toString()))
  })
})

/** Sorts by the order of the page, which is not prescribed. */
function byPage(named: string[]) {
  return (a: string, b: string) => named.indexOf(a) - named.indexOf(b)
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
