import { expect, it } from 'vitest'
import { deviceColumns, deviceLines } from '../../../../src/cli/commands/devices/show-devices.js'
import { tableLines } from '../../../../src/cli/terminal/table.js'
import type { DeviceInfo } from '../../../../src/methods/contract/index.js'

const NOW = 100_000_000
const device: DeviceInfo = {
  name: 'r1',
  kind: 'netconf',
  state: 'degraded',
  since: NOW - 60_000_000,
  reason: 'the device has not called home yet',
  address: 'calls home',
  connected: false,
  stream: 'NETCONF',
  capabilities: 38,
  capabilityUris: ['urn:a'],
  events: 1234,
  lastEvent: NOW - 5_000_000,
  gaps: 2,
  restarts: 0,
}

it('devices are a table with their last events and gaps, figures to the right', () => {
  expect(tableLines(deviceColumns(NOW), [device])).toEqual([
    'DEVICE  ADDRESS     STATE     STREAM   CAPABILITIES  LAST EVENT  EVENTS  GAPS  REASON',
    'r1      calls home  degraded  NETCONF            38    5.0s ago   1,234     2  the device has not called home yet',
  ])
})

it('one device is shown with its capabilities, and without what is not known', () => {
  const lines = deviceLines(device, NOW)
  expect(lines).toContain('last event  5.0s ago')
  expect(lines.slice(-2)).toEqual(['capabilities', '  urn:a'])
  expect(lines.some((line) => line.startsWith('asked by'))).toBe(false)
})
