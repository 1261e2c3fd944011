import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { HubProcess, jsonLines, tocsin } from './hub-process.js'

let folder: string

beforeEach(() => {
  folder = temporaryFolder('doctor')
})

interface Finding {
  check: string
  state: string
  text: string
}

describe('tocsin doctor', () => {
  it('finds no errors for a running hub', async () => {
    await using hub = await HubProcess.start({ folder })
    const { code, stdout } = await hub.tocsin(['doctor', '--config', join(folder, 'tocsin.yaml'), '--json'])
    const [{ sound, findings }] = jsonLines(stdout) as unknown as { sound: boolean; findings: Finding[] }[]
    expect(findings.filter(({ state }) => state === 'wrong')).toEqual([])
    expect({ code, sound }).toEqual({ code: 0, sound: true })
    const found = (check: string) => findings.find((each) => each.check === check)
    expect(found('hub')?.text).toContain(`pid ${hub.pid}`)
    expect(found('sockets')).toMatchObject({ state: 'ok' })
    expect(found('data folder')?.text).toContain(hub.data)
  })

  it('reports errors and what to do about them, with exit code 1', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const config = join(folder, 'tocsin.yaml')
    writeFileSync(config, `listen: { http: "127.0.0.1:${port}", unix: [{ path: ${folder}/none.sock }] }\n`)
    const args = ['doctor', '--config', config, '--data', join(folder, 'data')]
    const { code, stdout } = await tocsin(args, { env: { NO_COLOR: '1' } })
    taken.close()
    expect(code).toBe(1)
    expect(stdout).toMatch(
      new RegExp(`^X  ports +http 127.0.0.1:${port} is in use by .*pid ${process.pid}`, 'm'),
    )
    expect(stdout).toMatch(/^next:\n {2}ports: /m)
    expect(stdout).toMatch(/start one with `.*serve`/)
  })
})
