import type { RE2JS } from 're2js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { compileRegex } from '../../../filter/regex.js'
import { fnmatch } from '../../../protocols/salt/codec/match.js'
import { pythonRegex } from '../../../protocols/salt/codec/python-regex.js'

/** Selects the tags that a command handles. */
export interface TagMatch {
  test(tag: string): boolean
  /** The same selection as a filter for the hub; undefined for all tags. */
  readonly filter: object | undefined
  /** A note about the selection, for people. */
  readonly note?: string | undefined
}

export function tagGlob(pattern: string): TagMatch {
  return { test: (tag) => fnmatch(tag, pattern), filter: { glob: { tag: pattern } } }
}

/**
 * Compares tags as `state.event` does: by the same text, a glob, or a regular expression for the beginning of the tag
 * whose last alternative ends where the tag does (`\A` + expression + `\Z`).
 */
export class TagExpression implements TagMatch {
  readonly note: string | undefined
  readonly #expression: string
  readonly #regex: RE2JS | undefined

  constructor(expression: string) {
    this.#expression = expression
    try {
      // The expression is compiled alone first: an unclosed group must not close the one around it.
      compileRegex(pythonRegex(expression), 'tagmatch')
      this.#regex = compileRegex(anchored(expression), 'tagmatch')
    } catch (error) {
      if (!TocsinError.is(error, 'TCN_FILTER_REGEX')) throw error
      if (!isGlob(expression)) this.note = `the tag is compared as a glob only: ${error.message}`
    }
  }

  test(tag: string): boolean {
    return tag === this.#expression || fnmatch(tag, this.#expression) || (this.#regex?.test(tag) ?? false)
  }

  get filter(): object | undefined {
    if (this.#expression === '*') return undefined
    const glob = { glob: { tag: this.#expression } }
    const regex = this.#regex && { regex: { tag: anchored(this.#expression) } }
    return { any: [{ exact: { tag: this.#expression } }, glob, ...(regex ? [regex] : [])] }
  }
}

/** A text that is obviously a glob needs no note that it is not a regular expression. */
function isGlob(text: string): boolean {
  return /[*?]/.test(text) && !/[()\\|^$]/.test(text)
}

function anchored(expression: string): string {
  return `^(?:${pythonRegex(expression)}\\z)`
}
