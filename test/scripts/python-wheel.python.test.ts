import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../src/hub/testing.js'
import { root } from '../docs/page.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { requireTool } from '../helpers/tools.js'
import { runPython } from '../python/python.js'
import { pythons } from '../python/pythons.js'

const { PYTHONPATH: _, PIP_FIND_LINKS: __, ...inherited } = process.env
const env = { ...inherited, PIP_NO_INDEX: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1' }
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const CLIENT = `tocsin-${version}-py3-none-any.whl`
const SHIMS = `tocsin_shims-${version}-py3-none-any.whl`

const execute = (program: string, ...args: string[]) =>
  execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

describe('the wheels of the Python client', () => {
  let folder: string
  let hub: TestHub
  const made = (name: string) => join(folder, name)
  const wheel = (name: string) => join(folder, 'wheels', name)
  const make = (output: string, python: string) =>
    execute(process.execPath, join(root, 'scripts/package/wheel.mjs'), '--output', output, '--python', python)
  /** An environment of its own with pip, which installs into all others: to put it into each takes longest. */
  const pip = () => [made('with-pip/bin/python'), '-m', 'pip'] as const
  const install = (environment: string, ...packages: string[]) =>
    execute(...pip(), '--python', join(environment, 'bin/python'), 'install', '--no-index', ...packages)
  /** Makes an environment for packages, and returns its folder. */
  const environment = (folder: string, python: string, ...packages: string[]): string => {
    execute(python, '-m', 'venv', '--without-pip', folder)
    install(folder, ...packages)
    return folder
  }
  const run = (installed: string, program: string, path = '') =>
    runPython(program, {
      python: join(installed, 'bin/python'),
      env: { PYTHONPATH: path, TOCSIN_URL: hub.address },
    })

  beforeAll(async () => {
    folder = temporaryFolder('python-wheel')
    execute(requireTool('python3'), '-m', 'venv', made('with-pip'))
    make(made('wheels'), requireTool('python3'))
    hub = await startTestHub()
  })
  afterAll(() => hub.close())

  it('have the version of the project and no compiled file', () => {
    expect(readdirSync(made('wheels')).sort()).toEqual([CLIENT, SHIMS])
    const files = JSON.parse(
      execute(
        requireTool('python3'),
        ...[
          '-c',
          `import json, zipfile; print(json.dumps(zipfile.ZipFile(${JSON.stringify(wheel(CLIENT))}).namelist()))`,
        ],
      ),
    )
    expect(files).toContain('tocsin/py.typed')
    const folders = new Set(files.map((file: string) => file.split('/')[0]))
    expect([...folders]).toEqual(['tocsin', `tocsin-${version}.dist-info`])
    expect(files.filter((file: string) => /__pycache__|\.pyc$/.test(file))).toEqual([])
  })

  it.each(pythons())(
    'can be built, installed and used with Python %s, and are the same files',
    {
      timeout: 120_000,
    },
    async (name, python) => {
      const again = join(folder, `again-${name}`)
      make(again, python)
      for (const file of [CLIENT, SHIMS])
        expect(readFileSync(join(again, file)).equals(readFileSync(wheel(file)))).toBe(true)
      const installed = environment(join(folder, `venv-${name}`), python, wheel(CLIENT))
      const told = await run(
        installed,
        `
import json, sys, tocsin
from importlib import metadata
with tocsin.connect(name="wheel") as hub:
    events = hub.subscribe("wheel/*")
    hub.publish("wheel/${name}", {"n": 1})
    event = events.read(timeout=20)
    print(json.dumps([event.tag, event.data, metadata.version("tocsin"), tocsin.__file__.startswith(sys.prefix)]))
`,
      )
      expect(told).toEqual([[`wheel/${name}`, { n: 1 }, version, true]])
    },
  )

  it('give vendors’ names to modules only where asked, and never in place of genuine ones', {
    timeout: 120_000,
  }, async () => {
    const names = ['_ncs', 'ncs', '_confd', 'confd', '_sctp', 'sctp']
    const program = `
import importlib, json
def origin(name):
    try:
        return vars(importlib.import_module(name)).get("GENUINE", "ours")
    except ImportError:
        return None
print(json.dumps([origin(name) for name in ${JSON.stringify(names)}]))
`
    const installed = environment(join(folder, 'venv'), requireTool('python3'), wheel(CLIENT))
    expect(await run(installed, program)).toEqual([names.map(() => null)])
    const python = join(installed, 'bin/python')
    install(installed, wheel(SHIMS))
    expect(await run(installed, program)).toEqual([names.map(() => 'ours')])

    const [site] = JSON.parse(
      execute(python, '-c', 'import json, site; print(json.dumps(site.getsitepackages()))'),
    )
    mkdirSync(join(site, 'sctp'))
    writeFileSync(join(site, 'sctp/__init__.py'), 'GENUINE = "in the same folder"\n')
    const genuine = join(folder, 'genuine')
    for (const name of ['_ncs', 'ncs']) {
      mkdirSync(join(genuine, name), { recursive: true })
      writeFileSync(join(genuine, name, '__init__.py'), 'GENUINE = "in the path"\n')
    }
    const found = ['in the path', 'in the path', 'ours', 'ours', 'ours', 'in the same folder']
    expect(await run(installed, program, genuine)).toEqual([found])
  })

  it('is what pip makes of the folder of the sources', async () => {
    const sources = join(folder, 'sources')
    for (const path of ['python', 'package.json', 'LICENSE'])
      cpSync(join(root, path), join(sources, path), { recursive: true })
    const installed = environment(
      join(folder, 'venv-sources'),
      requireTool('python3'),
      join(sources, 'python'),
    )
    const program = 'import json, tocsin, importlib.metadata as m; print(json.dumps(m.version("tocsin")))'
    expect(await run(installed, program)).toEqual([version])
  })
})
