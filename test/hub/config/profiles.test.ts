import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { effectiveValues } from '../../../src/config/effective.js'
import { parseConfig } from '../../../src/config/load.js'
import { readYaml } from '../../../src/config/read-yaml.js'
import { hubConfig, hubConfigUnder, hubSchema } from '../../../src/hub/config/index.js'
import { profileValues } from '../../../src/hub/config/profiles.js'

const parse = (text: string, profile?: 'standard' | 'edge') =>
  parseConfig(hubConfigUnder(profile), text, 'tocsin.yaml')

/** The keys of a profile with their values, as the schema lists them. */
const valuesOfEdge = () =>
  effectiveValues(hubSchema('edge'), readYaml('profile: edge\n')).filter(
    ({ key, usual }) =>
      key
        .split('.')
        .reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], profileValues.edge) === usual,
  )

it('the usual profile changes nothing', () => {
  expect(parse('')).toEqual(parse('profile: standard\n'))
  expect(parse('').profile).toBe('standard')
})

it('a profile sets keys that the file does not set', () => {
  const { listen, log, process, sources } = parse(
    'profile: edge\nsources: { system: { swap: { interval: 2m } } }\n',
  )
  expect(listen.http).toBe('off')
  expect(process).toEqual({ memory: 'small', watch: 250 })
  expect(log.ring).toBe(2 * 2 ** 20)
  expect(sources.system).toMatchObject({ load: { interval: 60_000 }, swap: { interval: 120_000 } })
})

it('what the file sets is as the file says, and its neighbours as the profile says', () => {
  const { listen, limits, process } = parse(
    'profile: edge\nlisten: { http: 127.0.0.1:9 }\nlimits: { connections: 9 }\nprocess: { watch: 1s }\n',
  )
  expect(listen.http).toMatchObject({ address: { port: 9 } })
  expect(limits).toMatchObject({ connections: 9, queue: 2 ** 20 })
  expect(process).toEqual({ memory: 'small', watch: 1000 })
})

it('a profile that is named elsewhere takes the place of the one in the file', () => {
  expect(parse('profile: edge\n', 'standard')).toEqual(parse(''))
  expect(parse('', 'edge')).toEqual(parse('profile: edge\n'))
})

it('an unknown profile, and a wrong value beside a profile, are reported with their places', () => {
  expect(() => parse('profile: egde\n')).toThrow(
    'tocsin.yaml:1:10: profile: must be "standard" or "edge"; did you',
  )
  expect(() => parse('profile: edge\nlisten: { http: of }\n')).toThrow('tocsin.yaml:2:17: listen.http: ')
})

it('the values of a profile are shown as its defaults', () => {
  const leaves = (values: object): number =>
    Object.values(values).reduce((sum, value) => sum + (typeof value === 'object' ? leaves(value) : 1), 0)
  expect(valuesOfEdge()).toHaveLength(leaves(profileValues.edge))
})

it('the guide names every value of the profile', () => {
  const guide = readFileSync('docs/guide/edge.md', 'utf8')
  const missing = valuesOfEdge().filter(({ key, value }) => !guide.includes(`| \`${key}\` | \`${value}\` |`))
  expect(missing).toEqual([])
})

it('the schema accepts the values of every profile', () => {
  for (const values of Object.values(profileValues)) expect(hubConfig.safeParse(values).success).toBe(true)
})
