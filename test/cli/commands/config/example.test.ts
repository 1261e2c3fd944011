import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RunningCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'

const example = readFileSync('packaging/tocsin.yaml', 'utf8')

it.each([
  ['as it is installed', example],
  ['with everything that it suggests', example.replaceAll(/^#(?=(?: {2})*[-a-z])/gm, '')],
])('the example of the configuration is valid %s', async (_, text) => {
  const folder = temporaryFolder('example')
  const file = join(folder, 'tocsin.yaml')
  writeFileSync(file, text)
  const command = new RunningCommand(['config', 'check', file])
  expect(await command.ended, command.stdout + command.stderr).toBe(0)
})
