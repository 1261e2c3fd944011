import { expect, it } from 'vitest'
import { learnPause, learnSilence, silenceAfter, suspectedAfter } from '../../src/hosts/rhythm.js'

const HOUR = 3_600
const DAY = 24 * HOUR

it('is the longest usual pause, and pauses within a second are none', () => {
  expect([60, 0.2, 0, 30].reduce(learnPause, 0)).toBeCloseTo(60, 0)
  expect(learnPause(0, 0.5)).toBe(0)
})

it('counts an old pause less: after a day of short ones by a half', () => {
  let rhythm = 600
  for (let passed = 0; passed < DAY; passed += 60) rhythm = learnPause(rhythm, 60)
  expect(rhythm).toBeCloseTo(300, 0)
})

it('at most doubles after a silence', () => {
  expect(learnSilence(60, 5 * HOUR)).toBe(120)
  expect(learnSilence(60, 70)).toBe(70)
  expect(learnSilence(60, 1)).toBe(60)
})

it('expects no host that it has heard for less than an hour, or for 24 pauses', () => {
  expect(silenceAfter(0, DAY)).toBe(Number.POSITIVE_INFINITY)
  expect(silenceAfter(60, HOUR - 1)).toBe(Number.POSITIVE_INFINITY)
  expect(silenceAfter(HOUR, 23 * HOUR)).toBe(Number.POSITIVE_INFINITY)
  expect(silenceAfter(HOUR, DAY)).toBe(3 * HOUR)
})

it('calls a host silent after three pauses, but after 5 minutes at the earliest and a day at the latest', () => {
  expect(silenceAfter(200, DAY)).toBe(600)
  expect(silenceAfter(1, DAY)).toBe(300)
  expect(silenceAfter(DAY, 30 * DAY)).toBe(DAY)
})

it('suspects a host earlier if others are silent, though never before it has missed a pause', () => {
  expect(suspectedAfter(1, DAY)).toBe(150)
  expect(suspectedAfter(200, DAY)).toBe(400)
})
