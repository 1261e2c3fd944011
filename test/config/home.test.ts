import { afterEach, expect, test } from 'vitest'
import { homeFolder } from '../../src/config/home.js'
import { dataFolder } from '../../src/config/paths.js'

const { HOME } = process.env
afterEach(() => {
  process.env.HOME = HOME
})

test('a user without a home folder gets one that never exists', () => {
  process.env.HOME = '/home/ann'
  expect(homeFolder()).toBe('/home/ann')
  process.env.HOME = ''
  expect(homeFolder()).toBe('/nonexistent')
})

test('a service without a home folder keeps its data where systemd says', () => {
  process.env.HOME = ''
  const environment = { variables: { STATE_DIRECTORY: '/var/lib/tocsin' }, home: homeFolder() }
  expect(dataFolder(undefined, environment)).toBe('/var/lib/tocsin')
})
