import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { HubProcess, jsonLines, lines } from './hub-process.js'

const TEXT = '# ours\nlog: { retention: { age: 7d } } # a week\n'

let hub: HubProcess

beforeAll(async () => {
  hub = await HubProcess.start({ config: TEXT })
})
afterAll(() => hub?.[Symbol.asyncDispose]())

const config = (words: string[], env: NodeJS.ProcessEnv = {}) => hub.tocsin(['config', ...words], { env })
const written = () => readFileSync(join(hub.folder, 'tocsin.yaml'), 'utf8')

it('a candidate is edited by several commands, looked at and committed', async () => {
  const set = await config(['set', 'log.retention.age=30d', 'limits.requests=32'])
  expect(lines(set.stdout).slice(0, 2)).toEqual(['~ log.retention.age: 7d -> 30d', '+ limits.requests: 32'])
  await config(['delete', 'limits'])
  expect((await config(['diff'])).stdout).toMatch(
    /^~ log\.retention\.age: 7d -> 30d\nedited by .* not committed yet\n$/,
  )
  const other = await config(['set', 'limits.requests=1', '--session', 'bob'])
  expect([other.code, other.stderr]).toEqual([1, expect.stringContaining('TCN_CONFIG_LOCKED')])
  const commit = await config(['commit', '--label', 'more', '--comment', 'they asked'])
  expect(lines(commit.stdout)).toEqual(['commit 1 is in effect', 'in effect at once: log.retention.age'])
  expect(written()).toBe(TEXT.replace('7d', '30d'))
})

it('a file is edited in the editor, committed for a time, and reverted', async () => {
  const edited = await config(['edit'], { EDITOR: 'sed -i s/30d/9d/' })
  expect(edited.stdout).toContain('~ log.retention.age: 30d -> 9d')
  const commit = await config(['commit', '--confirmed', '600'])
  expect(commit.stdout).toContain('unless you keep it: tocsin config confirm')
  expect(written()).toContain('9d')
  expect((await config(['abort'])).stdout).toContain('commit 2 is reverted')
  expect(written()).toContain('30d')
})

it('a text that is no YAML is refused, and stays where its author finds it', async () => {
  const refused = await config(['edit'], { EDITOR: "sed -i '$a x: ['" })
  expect(refused.code).not.toBe(0)
  const [, file] = /your text is in (\S+)/.exec(refused.stderr) ?? []
  expect(readFileSync(file, 'utf8')).toContain('x: [')
  await config(['discard'])
})

it('the history says who did what, and a rollback brings back the file', async () => {
  const { stdout } = await config(['history', '--format', 'json'])
  expect(jsonLines(stdout)).toMatchObject([
    { number: 2, user: 'admin', state: 'reverted' },
    { number: 1, user: 'admin', state: 'final', label: 'more', comment: 'they asked' },
  ])
  const would = await config(['rollback', '1', '--dry-run'])
  expect(would.stdout).toBe('~ log.retention.age: 30d -> 7d\n')
  await config(['rollback', '1'])
  expect(written()).toBe(TEXT)
})
