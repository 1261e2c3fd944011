import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  Dispatcher,
  JobOutput,
  KeySettings,
  SysadmClient,
  SysadmKey,
} from '../../src/protocols/sysadm/client/index.js'
import { readPage, root } from './page.js'

const { text } = readPage('docs/reference/sysadm.md')
const entry = readFileSync(join(root, 'src/protocols/sysadm/client/index.ts'), 'utf8')
const client = readFileSync(join(root, 'src/protocols/sysadm/client/client.ts'), 'utf8')

it('the reference of the SysAdm client names everything that the entry exports', () => {
  const names = [...entry.matchAll(/\{([^}]*)\}/g)].flatMap(([, list]) =>
    list.split(',').map((name) => name.replace(/\btype\b/, '').trim()),
  )
  const exported = names.filter((name) => name !== '')
  expect(exported.length).toBeGreaterThan(30)
  expect(exported.filter((name) => !new RegExp(`\`[^\`]*\\b${name}\\b`).test(text))).toEqual([])
})

it.each([SysadmClient, Dispatcher, KeySettings, JobOutput, SysadmKey])(
  'it names the members of %o',
  (type) => {
    const members = Object.getOwnPropertyNames(type.prototype).filter((name) => name !== 'constructor')
    const own = type === SysadmClient ? [...members, 'dispatcher', 'keys'] : members
    expect(own.filter((name) => !new RegExp(`\`${name}(?:\`|\\()`).test(text))).toEqual([])
  },
)

it('it has a row for each option', () => {
  const [, body] = /interface SysadmClientOptions \{([\s\S]*?)\n\}/.exec(client)!
  const options = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name)
  const rows = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  expect(options.filter((name) => !rows.includes(name))).toEqual([])
})
