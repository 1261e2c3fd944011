// Runs on each supported Node.js: worker threads.
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { atOnce } from '../../../../../src/config/commits/text-work.js'
import { ConfigThread } from '../../../../../src/hub/config/thread/config-thread.js'
import { hubTextWork } from '../../../../../src/hub/config/thread/hub-text-work.js'
import type { ThreadData } from '../../../../../src/hub/config/thread/messages.js'
import { realRuntime } from '../../../../helpers/real-runtime.js'
import { temporaryFolder } from '../../../../helpers/temporary-folder.js'

const data: ThreadData = { file: 'tocsin.yaml', override: undefined, profile: 'standard' }
const here = atOnce(hubTextWork(data))
const owner = { local: true, owner: true }
const remote = { local: false, owner: true }

const before = 'log: { retention: { age: 7d } }\n'
const after = `${before}principals:\n${Array.from({ length: 200 }, (_, nth) => `  user-${nth}: { see: [app/${nth}/] }\n`).join('')}`

let entry: URL
let thread: ConfigThread
beforeAll(async () => {
  const file = join(temporaryFolder('config-thread'), 'thread.cjs')
  const source = fileURLToPath(new URL('../../../../../src/hub/config/thread/thread.ts', import.meta.url))
  await build({
    entryPoints: [source],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    // Packages that have addons do without.
    external: ['*.node'],
    // Files are found from its place; this thread looks for none.
    define: { 'import.meta.url': JSON.stringify(import.meta.url) },
  })
  entry = pathToFileURL(file)
})
afterEach(() => thread.close())

const code = (wanted: string) => expect.objectContaining({ code: wanted })

describe('the thread of the configuration', () => {
  it('reads long texts with the same results as the hub itself', async () => {
    thread = new ConfigThread(realRuntime, data, entry)
    expect(await thread.check(after)).toEqual(await here.check(after))
    expect(await thread.changes(before, after, owner)).toEqual(await here.changes(before, after))
    expect(await thread.keyedChanges(before, after)).toEqual(await here.keyedChanges(before, after))
    expect(await thread.values(after)).toEqual(await here.values(after))
    const path = ['principals', 'user-1']
    expect(await thread.described(after, path, {})).toEqual(await here.described(after, path, {}))
    const edit = [{ path: ['log', 'retention', 'age'], value: '8d' }]
    expect(await thread.edited(before, after, edit, owner)).toContain('age: 8d')
  })

  it('refuses with the errors of the hub itself, and continues', async () => {
    thread = new ConfigThread(realRuntime, data, entry)
    const wrong = `${after}lag: 1\n`
    const refused = await here.check(wrong).catch((thrown) => thrown)
    await expect(thread.check(wrong)).rejects.toMatchObject({ code: refused.code, details: refused.details })
    await expect(thread.edited(before, before, after, remote)).rejects.toEqual(code('TCN_CONFIG_LOCAL'))
    await expect(thread.check('['.repeat(40_000))).rejects.toEqual(code('TCN_CONFIG_SYNTAX'))
    await expect(thread.check(after)).resolves.toBeDefined()
  })

  it('is not needed: where it cannot start, the hub reads the text', async () => {
    thread = new ConfigThread(realRuntime, data, new URL('../../../../hub/config/thread/absent.js', entry))
    expect(await thread.changes(before, after)).toEqual(await here.changes(before, after))
    expect(await thread.check(after)).toEqual(await here.check(after))
  })

  it('refuses what it has not done when the hub stops', async () => {
    thread = new ConfigThread(realRuntime, data, entry)
    const waiting = [thread.check(after), thread.values(after)]
    thread.close()
    for (const each of waiting) await expect(each).rejects.toEqual(code('TCN_BUS_CLOSED'))
  })
})
