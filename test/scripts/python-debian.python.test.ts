import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../docs/page.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'

describe('the Debian package of the Python client', () => {
  let folder: string
  let files: string[]

  beforeAll(() => {
    folder = temporaryFolder('python-debian')
    const script = join(root, 'scripts/package/python-deb.mjs')
    execFileSync(process.execPath, [script, '--fast', '--output', folder], { cwd: root, stdio: 'pipe' })
    const [made] = readdirSync(folder)
    execFileSync('dpkg-deb', ['--raw-extract', join(folder, made), join(folder, 'tree')])
    files = readdirSync(join(folder, 'tree'), { recursive: true, encoding: 'utf8' })
  })

  it('needs nothing but Python, and is for every architecture', () => {
    const control = execFileSync('cat', [join(folder, 'tree/DEBIAN/control')], { encoding: 'utf8' })
    expect(control).toContain('Architecture: all\nDepends: python3 (>= 3.9)\n')
    expect(control).toMatch(/\nDescription: .*\n /)
  })

  it('has a client that works where Python finds it', () => {
    const path = join(folder, 'tree/usr/lib/python3/dist-packages')
    const env = { ...process.env, PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: '1' }
    const program = 'import tocsin, tocsin.ncs, tocsin.sctp; print(tocsin.__file__)'
    const where = execFileSync(requireTool('python3'), ['-c', program], { env, encoding: 'utf8' })
    expect(where.trim()).toBe(join(path, 'tocsin/__init__.py'))
  })

  it('has no module with the name of one of a vendor, which it would hide', () => {
    const packages = files.filter((file) => /dist-packages\/[^/]+$/.test(file))
    expect(packages).toEqual(['usr/lib/python3/dist-packages/tocsin'])
    expect(files.filter((file) => file.includes('__pycache__'))).toEqual([])
  })

  it('compiles its modules when it is installed', () => {
    for (const script of ['postinst', 'prerm']) {
      execFileSync('sh', ['-n', join(folder, 'tree/DEBIAN', script)])
    }
    expect(files).toContain('DEBIAN/postinst')
  })
})
