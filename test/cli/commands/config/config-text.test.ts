import { expect, it } from 'vitest'
import { committedLines } from '../../../../src/cli/commands/config/config-text.js'
import type { CommitInfo } from '../../../../src/methods/contract/index.js'

const commit: CommitInfo = { number: 7, time: 0, user: 'ann', state: 'final', keys: ['log.ring'] }

it('a commit is reported with what is in effect, and what needs a restart', () => {
  expect(
    committedLines({ commit, applied: ['limits.requests'], restart: ['log.ring', 'state.engine'] }),
  ).toEqual([
    'commit 7 is in effect',
    'in effect at once: limits.requests',
    'needs a restart: log.ring, state.engine',
  ])
})

it('a commit that changes nothing at once, or needs no restart, does not mention it', () => {
  expect(committedLines({ commit, applied: [], restart: [] })).toEqual(['commit 7 is in effect'])
})

it('a commit that waits for its confirmation says until when', () => {
  const lines = committedLines({
    commit: { ...commit, state: 'unconfirmed', until: 60_000_000 },
    applied: [],
    restart: [],
  })
  expect(lines).toEqual([
    'commit 7 is in effect',
    expect.stringMatching(/^commit 7 is reverted at 1970-01-01.* unless you keep it: tocsin config confirm$/),
  ])
})

it('a commit that was reverted together with those that it extends says so', () => {
  const reverted: CommitInfo = { ...commit, state: 'reverted', extends: 6 }
  expect(committedLines({ commit: reverted, applied: [], restart: [] })).toEqual([
    'commit 7 and what it extends are reverted',
  ])
})
