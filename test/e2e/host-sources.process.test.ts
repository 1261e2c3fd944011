import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { HubProcess, jsonLines, startTocsin } from './hub-process.js'

const writer = fileURLToPath(new URL('../sources/files/log-writer.mjs', import.meta.url))
const HOST = `host/${hostname()}`

let folder: string
beforeEach(() => {
  folder = temporaryFolder('sources')
})

async function read(hub: HubProcess, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await hub.tocsin(['read', ...args])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return stdout.split('\n').slice(0, -1)
}

describe('a hub with its host sources', () => {
  it('publishes facts and the state of this host within moments', async () => {
    await using hub = await HubProcess.start({ sources: true })
    const wanted = ['facts', 'load', 'memory', 'boot'].map((what) => `${HOST}/system/${what}`)
    const seen = hub.startTocsin(['wait', ...wanted, '--from', 'start', '--count', '4', '--timeout', '15s'])
    expect((await seen.ended).code).toBe(0)
    const events = jsonLines((await hub.tocsin(['read', `${HOST}/system/facts`, '--format', 'json'])).stdout)
    expect(events).toMatchObject([
      { type: 'host.system', source: `${HOST}/system`, data: { hostname: hostname() } },
    ])
  })

  it('reports when its sources have started', async () => {
    await using hub = await HubProcess.start({ sources: true })
    const seen = await hub.tocsin([
      'wait',
      'hub/source/system',
      '--from',
      'start',
      '--timeout',
      '15s',
      '--format',
      'json',
    ])
    expect(jsonLines(seen.stdout)).toMatchObject([
      { type: 'hub.source', data: { source: 'system', state: 'up' } },
    ])
  })
})

describe('lines of files', () => {
  const config = () => `
sources:
  system: { enabled: false }
  files:
    - name: app
      lines: [${folder}/app.log]
`

  it('arrive exactly once, although the hub is killed repeatedly while files are rotated', async () => {
    const count = 6_000
    writeFileSync(join(folder, 'app.log'), '')
    const hubFolder = mkdtempSync(join(folder, 'hub-'))
    const start = () => HubProcess.start({ folder: hubFolder, sources: true, config: config() })
    let hub = await start()
    const child = spawn(process.execPath, [
      writer,
      join(folder, 'app.log'),
      'rename',
      String(count),
      '1000',
      '25',
    ])
    const exited = once(child, 'exit')
    const told = async () => (await read(hub, `${HOST}/files/app/line`, '--fields', 'data.line')).length
    for (let before = 0; child.exitCode === null; before = await told()) {
      const goesOn = async () => child.exitCode !== null || (await told()) > before
      await expect.poll(goesOn).toBe(true)
      await hub.signal('SIGKILL')
      hub = await start()
    }
    await exited
    expect(child.exitCode).toBe(0)
    const end = await hub.tocsin([
      'wait',
      `{"exact":{"data.line":"the end"}}`,
      '--from',
      'start',
      '--timeout',
      '20s',
    ])
    expect(end.code).toBe(0)
    const numbers = (await read(hub, `${HOST}/files/app/line`, '--fields', 'data.line'))
      .filter((line) => line !== 'the end')
      .map((line) => Number(line.split(' ')[1]))
    expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i + 1))
    expect(await read(hub, 'hub/gap/')).toEqual([])
    await hub[Symbol.asyncDispose]()
  })
})

describe('an invalid configuration', () => {
  it('is refused with file, line and key, and the hub does not start', async () => {
    const file = join(folder, 'tocsin.yaml')
    writeFileSync(
      file,
      'sources:\n  system:\n    procceses: [nginx]\n  files:\n    - name: app\n      lines: [app.log]\n',
    )
    const { code, stderr } = await startTocsin(['serve', '--config', file, '--data', join(folder, 'data')], {
      input: '',
    }).ended
    expect(code).not.toBe(0)
    expect(stderr).toContain(`${file}:3:5: sources.system.procceses: unknown key; did you mean "processes"?`)
    expect(stderr).toContain(`${file}:6:15: sources.files[0].lines[0]: must be an absolute path`)
    expect(stderr).toContain('TCN_CONFIG_INVALID')
  })
})
