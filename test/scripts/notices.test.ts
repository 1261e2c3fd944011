import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../docs/page.js'

interface Locked {
  version: string
  dev?: boolean
  optional?: boolean
  integrity?: string
  os?: string[]
  cpu?: string[]
  libc?: string[]
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

it('the lockfile has the checksum of every package for the machines that Tocsin is released for', () => {
  const isReleased = ({ os, cpu, libc }: Locked) =>
    (os ?? ['linux']).includes('linux') &&
    (cpu ?? ['x64']).some((each) => ['x64', 'arm64'].includes(each)) &&
    (libc ?? ['glibc']).includes('glibc')
  for (const folder of ['.', 'scripts/compiler']) {
    const missing = lockOf(folder).filter(([path, { integrity }]) => path !== '' && integrity === undefined)
    expect(missing.filter(([, each]) => isReleased(each) || !each.optional)).toEqual([])
    const page = readFileSync(join(root, 'docs/reference/dependencies.md'), 'utf8')
    const names = missing.map(([path]) => path.replace(/^node_modules\//, ''))
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  }
})
