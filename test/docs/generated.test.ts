import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { generatedDocs } from '../../scripts/docs/index.js'

describe('the generated pages', () => {
  for (const [file, generate] of Object.entries(generatedDocs)) {
    // `npm run docs` runs this file with UPDATE_DOCS=1.
    it(`${file} matches the code`, async () => {
      const path = new URL(`../../${file}`, import.meta.url)
      const text = await generate()
      if (process.env.UPDATE_DOCS === '1') writeFileSync(path, text)
      expect(existsSync(path), `${file} is missing: npm run docs`).toBe(true)
      expect(readFileSync(path, 'utf8') === text, `${file} is stale: npm run docs`).toBe(true)
    })
  }
})
