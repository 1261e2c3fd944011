import { describe, expect, it } from 'vitest'
import { resumeAfter } from '../../src/upstream/resume.js'

const own = { epoch: 'aaaaaaaaaaaaa', edge: 'edge1' }
const there = 'bbbbbbbbbbbbb'
const position = { cursor: `${own.epoch}-120`, counter: 100, there }

describe('forwarding goes on', () => {
  it('where the configuration says, if neither hub remembers anything', () => {
    expect(resumeAfter(undefined, own, { lastCounter: 0, epoch: there })).toEqual({ after: undefined })
  })

  it('after the last event that the other hub has, if this one has forgotten how far it was', () => {
    expect(resumeAfter(undefined, own, { lastCounter: 70, epoch: there })).toEqual({ after: 70 })
  })

  it('after what both know, whichever is further', () => {
    expect(resumeAfter(position, own, { lastCounter: 100, epoch: there })).toEqual({ after: 120 })
    expect(resumeAfter(position, own, { lastCounter: 150, epoch: there })).toEqual({ after: 150 })
  })

  it('earlier, if the other hub has lost events that it had stored', () => {
    const { after, warning } = resumeAfter(position, own, { lastCounter: 90, epoch: there })
    expect(after).toBe(90)
    expect(warning).toContain('lost events')
  })

  it('after what the other hub has, if this one remembers only where it would have begun', () => {
    const begun = { cursor: `${own.epoch}-500`, counter: 0 }
    expect(resumeAfter(begun, own, { lastCounter: 0, epoch: there })).toMatchObject({ after: 500 })
    expect(resumeAfter(begun, own, { lastCounter: 90, epoch: there })).toEqual({ after: 90 })
  })

  it('where it was, with a warning, under another name, whatever was forwarded under that before', () => {
    const renamed = { ...position, edge: 'edge2' }
    for (const lastCounter of [0, 40]) {
      const { after, warning } = resumeAfter(renamed, own, { lastCounter, epoch: there })
      expect(after).toBe(120)
      expect(warning).toContain('forwarding as edge1 goes on where it was as edge2')
    }
    const { after } = resumeAfter({ ...position, edge: 'edge1' }, own, { lastCounter: 40, epoch: there })
    expect(after).toBe(40)
  })

  it('where it was, with a warning, if the other hub does not remember this one', () => {
    const { after, warning } = resumeAfter(position, own, { lastCounter: 0, epoch: there })
    expect(after).toBe(120)
    expect(warning).toContain('does not remember')
  })

  it('where it was, with a warning, if the other hub has another log', () => {
    const { after, warning } = resumeAfter(position, own, { lastCounter: 0, epoch: 'ccccccccccccc' })
    expect(after).toBe(120)
    expect(warning).toContain('another one')
  })

  it('at the beginning of a log of this hub that was made anew', () => {
    const answer = { lastCounter: 0, epoch: there }
    const anew = { ...own, epoch: 'ddddddddddddd' }
    expect(resumeAfter(position, anew, answer)).toEqual({ after: 0, isNewLog: true })
    expect(resumeAfter(position, anew, { ...answer, lastCounter: 7 })).toEqual({
      after: 7,
      isNewLog: false,
    })
  })
})
