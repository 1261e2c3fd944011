// Runs on each supported Node.js: LMDB, a native module.
import { equal } from 'node:assert/strict'
import { describe } from 'vitest'
import { rewriteSegment } from '../../../src/log/lmdb/rewriting/rewrite-segment.js'
import { eventLogConformance } from '../../log/conformance/index.js'
import { openLmdb } from '../../log/lmdb-folder.js'

describe('the LMDB log', () => {
  eventLogConformance({
    open: () => openLmdb(),
    reopen: async (log) => {
      const { folder } = log as Awaited<ReturnType<typeof openLmdb>>
      await log.close()
      return openLmdb({ folder })
    },
  })
})

describe('the LMDB log with small segments and a small ring', () => {
  const small = { segment: { bytes: 300_000 }, ringBytes: 128 * 1024, slabBytes: 64 * 1024 }
  eventLogConformance({
    open: () => openLmdb(small),
    reopen: async (log) => {
      const { folder } = log as Awaited<ReturnType<typeof openLmdb>>
      await log.close()
      return openLmdb({ ...small, folder })
    },
  })
})

describe('the LMDB log that compresses its segments while it is used', () => {
  const small = { segment: { bytes: 100_000 }, ringBytes: 128 * 1024, slabBytes: 64 * 1024 }
  const compressing = { ...small, compress: true, rewrite: rewriteSegment }
  eventLogConformance({
    open: () => openLmdb(compressing),
    reopen: async (log) => {
      const { folder } = log as Awaited<ReturnType<typeof openLmdb>>
      for await (const { error } of log.compress!(new AbortController().signal)) equal(error, undefined)
      await log.close()
      return openLmdb({ ...compressing, folder })
    },
  })
})
