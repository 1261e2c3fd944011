import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Running, startTocsin } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { readPage, root } from './page.js'
import { environmentIn } from './stage.js'

/** Questions without an answer in the simulated fleet, at this time of day, or on the terminal. */
const MAY_BE_EMPTY = [
  "--from 'yesterday 14:00'",
  'data.fields.remote',
  'data.trace =',
  'hub/audit/',
  'export',
]
/** `top` needs a terminal, and `doctor` judges the machine of the test. */
const NOT_RUN = ['tocsin top', 'tocsin doctor']

const commands = readPage('docs/guide/find.md')
  .blocks.flatMap(({ text }) => text.trim().split('\n'))
  .filter((command) => !NOT_RUN.includes(command))

describe('the page of questions', () => {
  let demo: Running
  let environment: NodeJS.ProcessEnv

  beforeAll(async () => {
    demo = startTocsin(['demo', '--rate', '2000', '--hosts', '4', '--quiet'])
    await demo.says(/TOCSIN_URL=\S+/)
    const [, address] = /TOCSIN_URL=(\S+)/.exec(demo.stderr)!
    const folder = temporaryFolder('find')
    environment = { ...environmentIn(folder), TOCSIN_URL: address }
    symlinkSync(join(root, 'bin/tocsin.mjs'), join(folder, 'bin/tocsin'))
    // Once the rarest event of the page has come, all others have.
    const enough = ['wait', 'deploy/*/*/failed', '--from', 'start', '--count', '100', '--timeout', '60s']
    expect(await startTocsin([...enough, '--socket', address]).ended).toMatchObject({ code: 0 })
  })

  afterAll(() => demo.signal('SIGINT'))

  it.each(commands)('%s', async (command) => {
    const text = command.startsWith('tocsin tail') ? `${command} --count 3` : command
    const asked = new Running('bash', ['-c', text], { cwd: environment.HOME, env: environment })
    asked.child.stdin!.end()
    const { code, stdout, stderr } = await asked.ended
    expect({ code, output: stdout + stderr }).toEqual({ code: 0, output: expect.anything() })
    if (!MAY_BE_EMPTY.some((part) => command.includes(part))) expect(stdout.trim()).not.toBe('')
  })
})
