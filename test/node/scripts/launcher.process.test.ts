// Runs on each supported Node.js: the loader of modules.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
// @ts-expect-error a script without types
import { isSupported, supported } from '../../../bin/supported-node.mjs'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const launcher = join(import.meta.dirname, '../../../bin/tocsin.mjs')
let folder: string

/** A program in the place of Node that says how it was started. */
beforeAll(() => {
  folder = temporaryFolder('launcher')
  const node = '#!/bin/sh\necho "$$ $(printenv MALLOC_MMAP_THRESHOLD_ || echo unset) $*"\nexit 7\n'
  writeFileSync(join(folder, 'node'), node, { mode: 0o755 })
})

async function launch(
  words: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ pid: boolean; said: string; exit: number }> {
  const PATH = `${folder}:${process.env.PATH}`
  const child = spawn(launcher, words, { env: { PATH, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (bytes) => {
    text += bytes
  })
  const exit = await new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)))
  const [pid, ...rest] = text.trim().split(' ')
  return { pid: Number(pid) === child.pid, said: rest.join(' ').replace(launcher, 'tocsin'), exit }
}

it('becomes Node, so that pid and exit status are those of the hub, with the settings of the allocator', async () => {
  expect(await launch(['serve', '--data', 'a b'])).toEqual({
    pid: true,
    said: '524288 tocsin serve --data a b',
    exit: 7,
  })
})

it('keeps a setting of the environment, and sets nothing for other commands', async () => {
  expect(await launch(['serve'], { MALLOC_MMAP_THRESHOLD_: '131072' })).toMatchObject({
    said: '131072 tocsin serve',
  })
  expect(await launch(['tail'])).toMatchObject({ said: 'unset tocsin tail' })
})

it('refuses versions of Node without all that it uses', async () => {
  expect(['18.20.8', '20.18.3', '21.7.3', '22.1.0'].filter(isSupported)).toEqual([])
  expect(['20.19.0', '22.2.0', '23.0.0', '24.1.0'].every(isSupported)).toBe(true)
  const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '21.7.3' } })"
  const words = ['--import', `data:text/javascript,${encodeURIComponent(old)}`, launcher, '--version']
  const refused = spawnSync(process.execPath, words, { encoding: 'utf8' })
  expect(refused).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('this is 21.7.3.') })
})

it('names the versions that npm is told of', () => {
  const { engines } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'))
  const versions = (text: string) => text.match(/\d+\.\d+/g)?.sort()
  expect(versions(engines.node)).toEqual(versions(supported))
})
