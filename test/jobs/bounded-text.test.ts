import { expect, it } from 'vitest'
import { BoundedText } from '../../src/jobs/bounded-text.js'

it('keeps a text that is no longer than the limit', () => {
  const text = new BoundedText(8)
  text.append('abc')
  text.append('defgh')
  expect(text.text).toBe('abcdefgh')
})

it('keeps the beginning and the end of a longer text, and says how much is left out', () => {
  const text = new BoundedText(8)
  for (const character of 'abcdefghijklmnopqrstuvwxyz') text.append(character)
  expect(text.text).toBe('abcd\n[18 characters left out]\nwxyz')
  expect(text.length).toBe(26)
})

it('divides no character', () => {
  const text = new BoundedText(6)
  text.append('ab😀cdefghij😀k')
  expect(text.text).toMatch(/^ab\n\[\d+ characters left out\]\n😀k$/)
  expect(encodeURIComponent(text.text)).toContain('%F0%9F%98%80')
})
