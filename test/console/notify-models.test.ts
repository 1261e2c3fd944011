import { afterEach, expect, it, vi } from 'vitest'
import { askToNotify, isRefused, notify } from '../../console/pages/events/notify/browser.js'

afterEach(() => {
  vi.unstubAllGlobals()
  isRefused.value = false
})

/** A browser that asks for nothing, and throws when a notification is made, as those of phones do. */
class OfPhone {
  static permission = 'granted'
  static requestPermission = async () => 'granted'
  constructor() {
    throw new TypeError('Illegal constructor')
  }
}

it('a browser without notifications refuses them', async () => {
  vi.stubGlobal('Notification', undefined)
  Reflect.deleteProperty(globalThis, 'Notification')
  expect(await askToNotify()).toBe(false)
  notify('Tocsin', {})
  expect(isRefused.value).toBe(true)
})

it('a browser that throws when it is asked refuses them', async () => {
  const requestPermission = async () => {
    throw new Error('not here')
  }
  vi.stubGlobal('Notification', { requestPermission })
  expect(await askToNotify()).toBe(false)
})

it('a browser that allows a notification and cannot make it refuses it, until it is asked again', async () => {
  vi.stubGlobal('Notification', OfPhone)
  expect(await askToNotify()).toBe(true)
  notify('Tocsin', {})
  expect(isRefused.value).toBe(true)
  await askToNotify()
  expect(isRefused.value).toBe(false)
})
