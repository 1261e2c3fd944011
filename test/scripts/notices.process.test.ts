import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../docs/page.js'

interface Locked {
  version: string
  dev?: boolean
  integrity?: string
}

const lockOf = (folder: string): [string, Locked][] =>
  Object.entries(JSON.parse(readFileSync(join(root, folder, 'package-lock.json'), 'utf8')).packages)

function noticesOf(executable: boolean): string {
  const program = `import { notices } from '${root}/scripts/package/notices.mjs'
    process.stdout.write(notices({ executable: ${executable} }))`
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
}

it('the build has the licence of every package that is installed with Tocsin or bundled in it', () => {
  const built = readFileSync(join(root, 'dist/NOTICES.txt'), 'utf8')
  const installed = lockOf('.').filter(
    ([path, { dev }]) => path !== '' && !dev && existsSync(join(root, path, 'package.json')),
  )
  expect(installed.length).toBeGreaterThan(90)
  const titles = installed.map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')} ${version}`)
  expect(titles.filter((title) => !built.includes(`\n${title}\n`))).toEqual([])
  expect(built).toContain('\npreact ')
  expect(built).toContain('The OpenLDAP Public License')
  expect(built).toContain('Copyright (c) Microsoft Corporation')
})

it('the notices of the executable name Node.js, and leave out what is not in it', () => {
  const text = noticesOf(true)
  expect(text).toContain(`\nNode.js ${process.versions.node}\n`)
  expect(text).not.toContain('\nmsgpackr-extract ')
})

it('each lockfile has the checksum of every package', () => {
  for (const folder of ['.', 'scripts/compiler']) {
    const [, ...installed] = lockOf(folder)
    expect(installed.length).toBeGreaterThan(20)
    const unsafe = installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))
    expect(unsafe.map(([path]) => path)).toEqual([])
  }
})
