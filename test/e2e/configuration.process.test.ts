import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { HubProcess, jsonLines, tocsin } from './hub-process.js'

let folder: string

beforeEach(() => {
  folder = temporaryFolder('config')
})

function file(text: string): string {
  const path = join(folder, 'some.yaml')
  writeFileSync(path, text)
  return path
}

describe('tocsin config', () => {
  it('check reports all problems at once, with exit code 2', async () => {
    const path = file('log: { engine: lmbd }\nlisten: { http: 0.0.0.0:1 }\nretention: {}\n')
    const { code, stdout } = await tocsin(['config', 'check', path])
    expect(code).toBe(2)
    expect(stdout.split('\n').slice(0, -1)).toEqual([
      expect.stringContaining(`${path}:1:16: log.engine: `),
      expect.stringContaining(`${path}:2:17: listen.http.address: `),
      expect.stringContaining(`${path}:3:1: retention: `),
    ])
    const json = await tocsin(['config', 'check', path, '--json'])
    expect(jsonLines(json.stdout)[0]).toMatchObject({ file: path, valid: false })
  })

  it('check ends with 0 if the configuration is valid, and with 1 if there is no file', async () => {
    expect((await tocsin(['config', 'check', file('{}')])).code).toBe(0)
    expect((await tocsin(['config', 'check', join(folder, 'none.yaml')])).code).toBe(1)
  })

  it('show prints the origin of each value', async () => {
    const path = file('limits: { requests: 5 }\n')
    const { stdout } = await tocsin(['config', 'show', '--config', path, '--changed', '--json'])
    expect(jsonLines(stdout)).toEqual([{ key: 'limits.requests', value: 5, from: `${path}:1`, default: 64 }])
  })

  it('schema prints a JSON Schema for editors', async () => {
    const { stdout } = await tocsin(['config', 'schema'])
    expect(JSON.parse(stdout)).toMatchObject({ title: 'tocsin.yaml' })
  })
})

describe('SIGHUP', () => {
  it('applies a changed configuration, and keeps the old one if it is invalid', async () => {
    await using hub = await HubProcess.start({ folder })
    const path = join(folder, 'tocsin.yaml')
    const follow = hub.startTocsin(['tail', 'hub/config', '--from', 'start', '--format', 'json'])
    writeFileSync(path, 'limits: { requests: 9, frame: 1MiB }\n')
    process.kill(hub.pid, 'SIGHUP')
    await follow.prints('"limits.requests"')
    expect(hub.stderr).toContain('in effect now: limits.requests; needs a restart: limits.frame')
    writeFileSync(path, 'limits: { reqests: 9 }\nlog: 7\n')
    process.kill(hub.pid, 'SIGHUP')
    await follow.prints('TCN_CONFIG_INVALID')
    expect(hub.stderr).toContain(`${path}:1:11: limits.reqests: unknown key; did you mean "requests"?`)
    expect(hub.stderr).toContain(`${path}:2:6: log: `)
    expect((await hub.tocsin(['status'])).code).toBe(0)
    expect((await hub.stop()).code).toBe(0)
  })
})

describe('tocsin context', () => {
  it('saves contexts, uses them, and refuses changes in a read-only one', async () => {
    await using hub = await HubProcess.start({ folder })
    const env = { XDG_CONFIG_HOME: folder }
    const run = (...args: string[]) => tocsin(args, { env })
    expect((await run('context', 'add', 'here', '--url', hub.socket)).code).toBe(0)
    await run('context', 'add', 'prod', '--url', `unix:${hub.socket}`, '--readonly')
    await run('context', 'use', 'here')
    expect((await run('fire', 'a/b', '1')).code).toBe(0)
    await run('context', 'use', 'prod')
    const refused = await run('fire', 'a/b', '1')
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('TCN_CONTEXT_READ_ONLY')
    expect((await run('status')).code).toBe(0)
    expect((await run('fire', 'a/b', '1', '--context', 'here')).code).toBe(0)
    await run('context', '-')
    const list = await run('context', 'list', '--format', 'json')
    expect(jsonLines(list.stdout)).toMatchObject([
      { name: 'here', current: true },
      { name: 'prod', current: false, readonly: true },
    ])
    const test = await run('context', 'test', 'prod', '--format', 'json')
    expect(jsonLines(test.stdout)[0]).toMatchObject({ context: 'prod', principal: 'admin' })
    expect((await run('context', 'add', 'here', '--url', '/x')).code).toBe(2)
    expect((await run('context', 'remove', 'here')).code).toBe(0)
    expect((await run('context', 'use', 'here')).code).toBe(2)
  })
})
