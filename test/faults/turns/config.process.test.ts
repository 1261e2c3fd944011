import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { AttackedHub } from './attacked-hub.js'
import { holdsNobodyUp, times } from './expect-short-turns.js'

/** The texts of a configuration are read without holding anybody up, whatever they say. */

let hub: AttackedHub
beforeAll(async () => {
  hub = await AttackedHub.start()
})
afterAll(() => hub[Symbol.asyncDispose]())

const session = 'attacker'

/** Resolves with the code of the refusal, or what the result has. */
async function ask(method: string, params: Record<string, unknown> = {}): Promise<string> {
  try {
    return Object.keys(await hub.client.request<object>(method as never, params as never)).join()
  } catch (thrown) {
    if (TocsinError.is(thrown)) return thrown.code
    throw thrown
  }
}

const edit = (params: object) => ask('config.edit', { session, ...params })

/** The text that the hub was started with, and more. */
async function withMore(more: string): Promise<string> {
  const { text } = await hub.client.request<{ text: string }>('config.get', { text: true })
  return `${text}${more}`
}

function principals(count: number): string {
  const one = (nth: number) => `  user-${nth}: { see: [app/${nth}/], publish: [app/${nth}/] }\n`
  return `principals:\n${Array.from({ length: count }, (_, nth) => one(nth)).join('')}`
}

describe('the text of a whole file', () => {
  const line = `# ${'x'.repeat(61)}\n`
  const texts: Record<string, string> = {
    'a megabyte of comments': line.repeat(2 ** 14 - 64),
    'very many aliases': `a: &a 1\nb: [${'*a,'.repeat(15_000)}]\n`,
    'of one map with very many keys': `principals:\n${Array.from({ length: 4000 }, (_, nth) => `  key-${nth}: 1\n`).join('')}`,
  }
  // A text that is known need not be read.
  let nth = 0
  for (const [what, text] of Object.entries(texts))
    it(what, () => holdsNobodyUp(hub, () => times(2, () => edit({ text: `${text}\n# ${nth++}\n` }))))
})

describe('a configuration of hundreds of principals', () => {
  it('is edited, looked at, checked, committed and rolled back', async () => {
    const text = await withMore(principals(400))
    const all = async () => {
      expect(await edit({ text })).toContain('changes')
      expect(await ask('config.validate')).toBe('valid,problems')
      expect(await ask('config.get', { candidate: true })).toContain('values')
      const { commit } = await hub.client.request<{ commit: { number: number } }>('config.commit', {
        session,
      })
      expect(await edit({ edits: [{ key: 'principals.user-7.see', value: ['b/'] }] })).toContain('changes')
      await ask('config.discard', { session })
      expect(await ask('config.diff', { rollback: commit.number })).toContain('changes')
      expect(await ask('config.rollback', { session, number: commit.number })).toContain('commit')
    }
    await holdsNobodyUp(hub, all)
  })
})

describe('edits of keys', () => {
  it('very many in one call', async () => {
    const edits = Array.from({ length: 50 }, (_, nth) => ({
      key: `principals.user-${nth}`,
      value: { see: [`app/${nth}/`] },
    }))
    await holdsNobodyUp(hub, async () => {
      expect(await edit({ edits })).toContain('changes')
      await ask('config.discard', { session })
    })
  })
})
