import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect } from '../../../../src/client/index.js'
import { type RunningHub, serve } from '../../../../src/hub/serve.js'
import { RunningCommand, runCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

let folder: string
let hub: RunningHub

beforeAll(async () => {
  folder = temporaryFolder('candidate')
  const file = join(folder, 'tocsin.yaml')
  writeFileSync(file, `listen: { unix: [{ path: ${join(folder, 's.sock')} }], http: off }\n`)
  hub = await serve({ config: file, data: join(folder, 'data'), sources: false })
})

afterAll(() => hub.stop())

const config = (...words: string[]) => runCommand(['--url', join(folder, 's.sock'), 'config', ...words])

it('a change that waits for a restart is marked before the commit, and named by it', async () => {
  const { stdout } = await config('set', 'log.ring=32MiB', 'limits.requests=32')
  expect(stdout.split('\n').slice(0, 2)).toEqual([
    '+ log.ring: 32MiB (after a restart)',
    '+ limits.requests: 32',
  ])
  expect((await config('diff')).stdout).toContain('+ log.ring: 32MiB (after a restart)\n')
  expect((await config('commit')).stdout).toBe(
    'commit 1 is in effect\nin effect at once: limits.requests\nneeds a restart: log.ring\n',
  )
})

it('an unknown key is a warning at once, with the key that was probably meant', async () => {
  const { code, stderr } = await config('set', 'limits.request=32', 'retention.age=3d')
  expect(code).toBe(0)
  expect(stderr).toContain('warning: limits.request: unknown key; did you mean "requests"?')
  expect(stderr).toContain('warning: retention: unknown key; did you mean log.retention?')
  expect((await config('diff')).stderr).toContain('limits.request: unknown key')
  await config('discard')
})

it('an entry that comes before others shows itself alone, and another order is marked as such', async () => {
  const streams = (...names: string[]) =>
    `streams=[${names.map((name) => `{ name: ${name}, filter: ${name}/ }`)}]`
  await config('set', streams('a', 'b'))
  await config('commit')
  await config('set', streams('c', 'b', 'a'))
  expect((await config('diff')).stdout.split('\n').slice(0, 3)).toEqual([
    '~ streams (order): ["a","b"] -> ["b","a"]',
    '+ streams[0].name (c): c',
    '+ streams[0].filter (c): c/',
  ])
  await config('discard')
})

it('an editor that was open while others edited takes nothing back, and the text is kept', async () => {
  const [opened, go] = ['opened', 'go'].map((name) => join(folder, name))
  const editor = join(folder, 'editor')
  writeFileSync(
    editor,
    `#!/bin/sh\ntouch ${opened}\nuntil [ -e ${go} ]; do sleep 0.05; done\necho 'log: { ring: 64MiB }' > "$1"\n`,
    { mode: 0o755 },
  )
  const running = new RunningCommand(['--url', join(folder, 's.sock'), 'config', 'edit'], { EDITOR: editor })
  await expect.poll(() => existsSync(opened), { timeout: 20_000 }).toBe(true)
  await using client = await connect({ address: join(folder, 's.sock') })
  await client.request('config.edit', { force: true, edits: [{ key: 'limits.requests', value: 48 }] })
  await client.request('config.commit')
  writeFileSync(go, '')
  expect(await running.ended).not.toBe(0)
  expect(running.stderr).toContain('TCN_CONFIG_REVISION')
  const [, kept] = /your text is in (\S+)/.exec(running.stderr)!
  expect(readFileSync(kept, 'utf8')).toContain('64MiB')
  rmSync(dirname(kept), { recursive: true })
  expect((await config('diff')).stdout).not.toContain('64MiB')
})
