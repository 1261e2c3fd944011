import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { rulesOfKit } from '../../../src/rules/library/index.js'
import { kitNames } from '../../../src/rules/library/kit-names.js'
import { runCommand } from '../../helpers/run-cli.js'

const file = (kit: string) => join(import.meta.dirname, `${kit}.test.yaml`)

it.each(kitNames)('the rules of the kit %s do what their tests say', async (kit) => {
  const { code, stdout } = await runCommand(['rules', 'test', file(kit)])
  expect({ code, failed: stdout.split('\n').filter((line) => !line.startsWith('ok ')) }).toEqual({
    code: 0,
    failed: [''],
  })
})

it.each(kitNames)('each rule of the kit %s has a test', (kit) => {
  const text = readFileSync(file(kit), 'utf8')
  expect(Object.keys(rulesOfKit(kit)).filter((rule) => !new RegExp(`alert: ${rule}[ ,]`).test(text))).toEqual(
    [],
  )
})

it('the names of rules are those of one kit only', () => {
  const names = kitNames.flatMap((kit) => Object.keys(rulesOfKit(kit)))
  expect(new Set(names).size).toBe(names.length)
})
