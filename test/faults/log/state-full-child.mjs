import { rmSync, writeFileSync } from 'node:fs'
import { openLmdbState } from '../../../dist/state/index.js'
import { runtime, say } from './open-log.mjs'

/** Fills a small file system with values, makes room, and continues. */
const disk = process.argv[2]
const store = await openLmdbState({ runtime, folder: `${disk}/state` })
const bucket = store.bucket('jobs')
const put = (key) => bucket.put(key, new Uint8Array(100_000)).catch((error) => error.code)
writeFileSync(`${disk}/other`, Buffer.alloc(4_000_000))
let stored = 0
let answer = 0
for (let nth = 1; answer === stored; nth++) {
  answer = await put(`key ${nth}`)
  if (answer === nth) stored = nth
}
say({ answer, stored, kept: (await bucket.get('key 1'))?.value.length })
rmSync(`${disk}/other`)
say({ revision: await put('more') })
await store.close()
const again = await openLmdbState({ runtime, folder: `${disk}/state` })
let count = 0
for await (const _ of again.bucket('jobs').list()) count++
say({ count })
await again.close()
