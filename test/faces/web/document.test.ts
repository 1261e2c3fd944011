import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { KeptDocument, WebDocument } from '../../../src/faces/web/document.js'

const TEXT = JSON.stringify({ all: 'the same '.repeat(1000) })

it('a document that stays the same is compressed once for all clients', async () => {
  const kept = new KeptDocument(TEXT)
  const first = kept.compressed('br')
  expect(kept.compressed('br')).toBe(first)
  expect(await kept.compressed('br')).toBe(await first)
  expect(brotliDecompressSync(await first).toString()).toBe(TEXT)
  expect(gunzipSync(await kept.compressed('gzip')).toString()).toBe(TEXT)
})

it('has the tag of its text, also when it is kept', () => {
  expect(new KeptDocument(TEXT).etag).toBe(new WebDocument(TEXT).etag)
  expect(new WebDocument(`${TEXT} `).etag).not.toBe(new WebDocument(TEXT).etag)
})
