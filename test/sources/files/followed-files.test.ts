import { appendFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FoundFile, fileStat } from '../../../src/sources/files/file-identity.js'
import { FollowedFiles } from '../../../src/sources/files/followed-files.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const runtime = realRuntime
let path: string
let files: FollowedFiles

beforeEach(() => {
  path = join(temporaryFolder('followed'), 'app.log')
  files = follow()
})
afterEach(() => files.close())

function follow(): FollowedFiles {
  return new FollowedFiles({
    runtime,
    maxLine: 1000,
    partialAfter: 1000,
    from: 'start',
    publish: () => true,
    lost: () => undefined,
    fault: () => undefined,
    keep: () => Promise.resolve(),
    due: () => undefined,
  })
}

/** What a search finds under the name. */
function found(): FoundFile[] {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? [] : [{ path, ...fileStat(stats)! }]
}

async function search(): Promise<void> {
  await files.update(found(), runtime.now() / 1000)
}

function write(line: string): void {
  appendFileSync(path, `${line}\n`)
}

function rotate(number: number): void {
  renameSync(path, `${path}.${number}`)
}

/** The first file that may be read, the one after it, and so on. */
function order(): string[] {
  const ids = [...files.all].map(({ id }) => id)
  const after = new Map([...files.all].map((follower) => [follower.after?.id, follower.id]))
  const chain: string[] = []
  for (let id = after.get(undefined); id !== undefined; id = after.get(id)) chain.push(id)
  return chain.length === ids.length ? chain : ids.map((id) => `${id} is beside others`)
}

it('a file comes after the one that had lost the name before a search that found none', async () => {
  write('one')
  await search()
  const [{ id: first }] = found()
  rotate(1)
  await search()
  write('two')
  await search()
  expect(order()).toEqual([first, found()[0].id])
})

it('after a restart, a file comes after the last of those that had its name', async () => {
  const ids: string[] = []
  for (let number = 1; number <= 3; number++) {
    write(`file ${number}`)
    await search()
    ids.push(found()[0].id)
    rotate(number)
  }
  const position = files.position()
  // The order in which they were found need not be that of their lines.
  position.files.reverse()
  await files.close()
  files = follow()
  await files.resume(position)
  write('file 4')
  await search()
  expect(order()).toEqual([...ids, found()[0].id])
})
