import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../docs/page.js'
import { Running } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** The files of a new clone, with what is not committed yet. */
function cloneInto(folder: string): void {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0')
  for (const file of files) {
    if (file === '' || file.startsWith('test/')) continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(root, file), join(folder, file))
  }
}

describe('a new clone', () => {
  let folder: string
  let hub: Running | undefined
  const { NODE_OPTIONS: _, VITEST: __, NODE_ENV: ___, ...env } = process.env

  beforeAll(() => {
    folder = temporaryFolder('clone')
    cloneInto(join(folder, 'tocsin'))
  })

  afterAll(() => hub?.signal('SIGTERM'))

  const cwd = () => join(folder, 'tocsin')
  const npx = (...words: string[]) => new Running('npx', ['tocsin', ...words], { cwd: cwd(), env }).ended

  it('says that it is not built, waits while it is built, and then runs every command', async () => {
    expect(await npx('--version')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`it is not built yet. Run this first: cd ${cwd()} && npm start`),
    })

    const socket = join(folder, 'tocsin.sock')
    const options = ['--memory', '--no-sources', '--socket', socket, '--http', 'off']
    hub = new Running('npm', ['start', '--', ...options], { cwd: cwd(), env })
    await hub.until(() => hub!.stderr.includes('Installing packages'), 'installing')
    const meanwhile = npx('--version')
    await hub.until(() => hub!.stderr.includes('is ready'), 'ready')
    expect(await meanwhile).toMatchObject({ code: 0, stdout: '0.1.0\n' })

    expect(await npx('--socket', socket, 'status')).toMatchObject({ code: 0 })
  })

  it('has no tools of developers', () => {
    const installed = JSON.parse(readFileSync(join(cwd(), 'node_modules/.package-lock.json'), 'utf8'))
    expect(Object.keys(installed.packages)).not.toContain('node_modules/vitest')
  })
})

it('the compiler of npm start, and what it bundles, are those of the developers', () => {
  const versions = (file: string) => {
    const { packages } = JSON.parse(readFileSync(join(root, file), 'utf8'))
    return ['esbuild', 'preact', '@preact/signals'].map((name) => packages[`node_modules/${name}`].version)
  }
  expect(versions('scripts/compiler/package-lock.json')).toEqual(versions('package-lock.json'))
})
