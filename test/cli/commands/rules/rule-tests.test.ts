import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { runCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

const disk = {
  filter: 'disk/',
  where: 'data.used > 90',
  by: 'data.host',
  fire: { tag: `full/\${data.host}`, data: { used: `\${data.used}` } },
}
const full = (used: number) => ({ at: '1m', event: { tag: 'disk/a', data: { host: 'web1', used } } })

let folder: string
beforeAll(() => {
  folder = temporaryFolder('rule-tests')
  writeFileSync(join(folder, 'tocsin.yaml'), JSON.stringify({ listen: {}, rules: { disk } }))
})

function run(file: object, ...words: string[]) {
  const path = join(folder, 'a.test.yaml')
  writeFileSync(path, JSON.stringify(file, null, 2))
  return runCommand(['rules', 'test', path, ...words])
}

it('runs the rules of a configuration on events, and passes if exactly that follows', async () => {
  const tests = [
    { name: 'full', input: [full(95)], expect: [{ event: 'full/*', data: { used: 95 }, at: '1m' }] },
    { name: 'not full', input: [full(50)], expect: [] },
  ]
  expect(await run({ config: 'tocsin.yaml', tests })).toEqual({
    code: 0,
    stdout: 'ok      full\nok      not full\n',
    stderr: 'tocsin: 2 tests passed\n',
  })
})

it('says what was expected and not made, and what was made and not expected', async () => {
  const tests = [
    { name: 'full', input: [full(95)], expect: [{ event: 'other', at: '2026-01-01T00:02:00Z' }] },
  ]
  const { code, stdout, stderr } = await run({ rules: { disk }, tests })
  expect(code).toBe(1)
  expect(stdout.split('\n')).toEqual([
    'FAILED  full',
    '  - {"event":"other","at":"2026-01-01T00:02:00.000000Z"}',
    '  + {"event":"full/web1","data":{"used":95},"at":"2026-01-01T00:01:00.000000Z"}',
    '',
  ])
  expect(stderr).toContain('1 test of 1 failed')
})

it('tells programs the same as JSON', async () => {
  const tests = [{ name: 'full', input: [full(95)], expect: [{ event: 'other' }] }]
  const { code, stdout } = await run({ rules: { disk }, tests }, '--json')
  expect(code).toBe(1)
  expect(JSON.parse(stdout)).toMatchObject({ test: 'full', ok: false, missing: ['{"event":"other"}'] })
})

it('a rule that a guard stops or that fails is named', async () => {
  const loop = { filter: 'loop/', fire: { tag: 'loop/again' } }
  const input = [{ event: { tag: 'loop/a' } }]
  const { code, stdout } = await run({ rules: { loop }, tests: [{ name: 'l', input, expect: [] }] })
  expect(code).toBe(1)
  expect(stdout).toContain('  ! loop: loop')
})

it('names what a file says wrongly', async () => {
  const wrong = { rules: { disk }, tests: [{ name: 'x', input: [{ at: 'soon', lines: 'a' }], expect: [] }] }
  expect((await run(wrong)).stderr).toContain('neither a duration')
  const tests = [{ name: 'x', input: [full(95)], expect: [] }]
  expect((await run({ rules: { disk }, tests }, '--rule', 'none')).stderr).toContain('TCN_RULE_UNKNOWN')
  expect((await run({ rules: { disk }, tests }, '--from', '-1h')).stderr).toContain('not for a file of tests')
})

it('lists the ready rules', async () => {
  const { code, stdout } = await runCommand(['rules', 'library'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^KIT +RULE +SEVERITY +SUMMARY/)
  expect(stdout).toMatch(/\nauth +ssh-failed +warning /)
  const rows = (await runCommand(['rules', 'library', '--json'])).stdout.trimEnd().split('\n')
  expect(rows.map((row) => JSON.parse(row))).toContainEqual(
    expect.objectContaining({ kit: 'disk', rule: 'disk-full', severity: 'warning' }),
  )
})

it('reads lines as sources do, with the first line naming the columns of the others', async () => {
  const slow = {
    filter: 'host/*/files/*/line',
    where: 'data.fields.ms > 100',
    fire: { tag: `slow/\${data.fields.path}` },
  }
  const parse = { as: 'csv', header: true, types: { ms: 'int' } }
  const input = [{ lines: 'path,ms\na,20\nb,200\n', parse }]
  const tests = [{ name: 'slow', input, expect: [{ event: 'slow/b' }] }]
  expect(await run({ rules: { slow }, tests })).toMatchObject({ code: 0 })
})
