import { expect, it } from 'vitest'
import { configCandidates, dataFolder, expandHome } from '../../src/config/paths.js'

const environment = (variables: Record<string, string> = {}) => ({ variables, home: '/home/ann' })

it('a configuration file that the user names is the only one', () => {
  const named = environment({ TOCSIN_CONFIG: '/srv/t.yaml' })
  expect(configCandidates('~/x.yaml', named)).toEqual([{ path: '/home/ann/x.yaml', named: true }])
  expect(configCandidates(undefined, named)).toEqual([{ path: '/srv/t.yaml', named: true }])
})

it("otherwise the user's folder is searched, then that of the system", () => {
  expect(configCandidates(undefined, environment())).toEqual([
    { path: '/home/ann/.config/tocsin/tocsin.yaml', named: false },
    { path: '/etc/tocsin/tocsin.yaml', named: false },
  ])
  expect(configCandidates(undefined, environment({ XDG_CONFIG_HOME: '/cfg' }))[0].path).toBe(
    '/cfg/tocsin/tocsin.yaml',
  )
})

it("data is in the named folder, in that of the service, or in the user's folder", () => {
  const service = environment({ STATE_DIRECTORY: '/var/lib/tocsin:/x', XDG_STATE_HOME: '/state' })
  expect(dataFolder('~/data', service)).toBe('/home/ann/data')
  expect(dataFolder(undefined, service)).toBe('/var/lib/tocsin')
  expect(dataFolder(undefined, environment({ XDG_STATE_HOME: '/state' }))).toBe('/state/tocsin')
  expect(dataFolder(undefined, environment())).toBe('/home/ann/.local/state/tocsin')
})

it('a relative path in an XDG variable is ignored', () => {
  expect(dataFolder(undefined, environment({ XDG_STATE_HOME: 'here' }))).toBe('/home/ann/.local/state/tocsin')
})

it('only a leading ~/ means the home folder', () => {
  expect(expandHome('~/a', environment())).toBe('/home/ann/a')
  expect(expandHome('~bob/a', environment())).toBe('~bob/a')
  expect(expandHome('/a/~/b', environment())).toBe('/a/~/b')
})
