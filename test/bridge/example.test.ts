import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { bridgeConfig } from '../../src/bridge/config.js'
import { parseConfig } from '../../src/config/load.js'

const example = readFileSync('packaging/bridge.yaml', 'utf8')

it.each([
  ['as it is installed', example],
  ['with everything that it suggests', example.replaceAll(/^#(?=(?: {2})*[-a-zA-Z]+:)/gm, '')],
])('the example of the configuration is valid %s', (_, text) => {
  expect(parseConfig(bridgeConfig, text, 'bridge.yaml')).toMatchObject({ keys: ['/etc/tocsin/bridge-keys'] })
})
