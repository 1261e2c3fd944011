import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Running } from '../../e2e/hub-process.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'

const child = join(import.meta.dirname, 'segment-flush-child.mjs')

test('no segment that begins or is removed makes the event loop wait for the disk', async () => {
  const folder = temporaryFolder('log')
  const trace = join(folder, 'trace')
  const what = ['-e', 'trace=fsync,fdatasync,sync_file_range,msync,unlink,unlinkat,rmdir,write', '-s', '200']
  const program = [process.execPath, child, join(folder, 'log')]
  const strace = new Running(requireTool('strace'), ['-f', '-qq', '-o', trace, ...what, ...program])
  const { stdout } = await strace.ended
  const [before, after] = stdout
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line))
  expect(after.segments).toBeGreaterThan(before.segments)
  expect(after.first).toBeGreaterThan(1)
  const calls = readFileSync(trace, 'utf8').split('\n')
  const [start, end] = calls.flatMap((call, at) => (/ write\(1, .*pid/.test(call) ? [at] : []))
  const flushes = calls.slice(start, end).filter((call) => /(sync|sync_file_range)\(/.test(call))
  expect(flushes.length).toBeGreaterThan(4)
  expect(flushes.filter((call) => call.startsWith(`${before.pid} `))).toEqual([])
  const removals = calls.slice(start, end).filter((call) => /(unlink|unlinkat|rmdir)\(.*\.removed/.test(call))
  expect(removals.length).toBeGreaterThan(2)
  expect(removals.filter((call) => call.startsWith(`${before.pid} `))).toEqual([])
})
