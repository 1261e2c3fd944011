import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startTestHub } from '../../src/hub/testing.js'
import { root } from '../docs/page.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'
import { PythonProgram, packages } from './python.js'
import { pythons } from './pythons.js'

const typed = (name: string) => join(root, 'test/python/typed', name)

function check(...paths: string[]): string {
  const settings = ['--config-file', join(packages, 'pyproject.toml'), '--cache-dir', temporaryFolder('mypy')]
  const env = { ...process.env, MYPYPATH: packages }
  return execFileSync(requireTool('mypy'), ['--strict', ...settings, ...paths], { env, encoding: 'utf8' })
}

it('mypy finds no error in the client and in programs that use all of it', () => {
  const programs = [typed('whole.py'), typed('whole-aio.py')]
  expect(check(join(packages, 'tocsin'), join(packages, 'build'), ...programs)).toMatch(
    /^Success: no issues found in \d+ source files/,
  )
})

describe.each([
  ['tocsin', 'whole.py'],
  ['tocsin.aio', 'whole-aio.py'],
])('the program that mypy checks, with %s,', (module, file) => {
  it('uses everything that the package offers', () => {
    const text = readFileSync(join(packages, `${module.replace('.', '/')}/__init__.py`), 'utf8')
    const offered = [...text.split('__all__')[1].matchAll(/"(\w+)"/g)].map(([, name]) => name)
    const program = readFileSync(typed(file), 'utf8')
    expect(offered).toContain('connect')
    expect(offered.filter((name) => !program.includes(`${module}.${name}`))).toEqual([])
  })

  it.each(pythons())('works with Python %s', async (_, python) => {
    await using hub = await startTestHub()
    const program = new PythonProgram(typed(file), { env: { TOCSIN_URL: hub.address }, python })
    expect([await program.ended, program.stderr]).toEqual([0, ''])
    expect(program.stdout.trimEnd().split('\n')).toEqual([
      ...["typed/a {'n': 1} a", 'typed/b 2 None', 'typed/c [3] None'],
      ...['typed/c [3] None', 'typed/b 2 None', "typed/a {'n': 1} a"],
      'TCN_METHOD_UNKNOWN True dict 1',
    ])
  })
})
